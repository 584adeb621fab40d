import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Job } from "../../../../../components/core/workload/job.ts";
import { type PodArgs, renderPodTemplate } from "../../../../../components/core/workload/render-pod.ts";
import { find, inventory, record, shown } from "../../../../harness.ts";
import { IDENTITY, LABELS, MINIMAL } from "./fixtures.ts";

describe("Job", () => {
  const recordJob = (pod: Partial<PodArgs> = {}) =>
    record(
      () => new Job("j", { ...IDENTITY, namespace: "n", deadlineSeconds: 300, pod: { ...MINIMAL, ...pod } }),
    );

  it("runs a hardened pod once, under a name of the cluster's", async () =>
    expect(shown(find(await recordJob(), "kubernetes:batch/v1:Job", "j-job"))).to.deep.equal({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { namespace: "n", labels: LABELS },
      spec: {
        backoffLimit: 6,
        activeDeadlineSeconds: 300,
        template: renderPodTemplate(IDENTITY, MINIMAL, { restartPolicy: "Never", spread: false }),
      },
    }));

  it("is all that there is", async () =>
    expect(inventory(await recordJob())).to.deep.equal([
      "kubernetes:batch/v1:Job j-job",
      "llm-platform:foundation:Job j",
    ]));

  it("accepts names that are known only later", async () => {
    const recording = await recordJob({ secretEnv: { A: { name: pulumi.output("later"), key: "k" } } });
    expect(JSON.stringify(find(recording, "kubernetes:batch/v1:Job", "j-job").inputs)).to.include(
      '"name":"later"',
    );
  });
});
