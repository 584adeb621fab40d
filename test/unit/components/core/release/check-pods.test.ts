import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { workloadLabels } from "../../../../../components/core/labels.ts";
import { checkReleasedPods, lackingLabels } from "../../../../../components/core/release/check-pods.ts";
import { record } from "../../../../harness.ts";

const SELECTED = workloadLabels("app", "server");
const withLabels = (labels?: object) => ({ "n/app": { spec: { template: { metadata: { labels } } } } });

const check = (existing: Readonly<Record<string, Readonly<Record<string, unknown>>>>) =>
  record(
    () => {
      const release = new kubernetes.helm.v3.Release("app", { name: "app", namespace: "n", chart: "./app" });
      checkReleasedPods(
        "app",
        release,
        [{ name: "app", endpoint: { namespace: "n", podLabels: SELECTED } }],
        {},
      );
    },
    { existing },
  );

const errorOf = (running: Promise<unknown>): Promise<unknown> =>
  running.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("the check of the pods of a release", () => {
  it("accepts pods with the labels of the policies, and others", async () => {
    expect(await errorOf(check(withLabels({ ...SELECTED, "helm.sh/chart": "app-1" })))).to.equal(undefined);
  });

  it("refuses pods that no policy selects, without a stack trace", async () => {
    for (const labels of [undefined, {}, { ...SELECTED, "app.kubernetes.io/component": "other" }]) {
      const error = await errorOf(check(withLabels(labels)));
      expect(pulumi.RunError.isInstance(error), String(error)).to.equal(true);
      expect((error as Error).stack).to.equal("");
      expect(String(error))
        .to.contain("no network policy of the platform selects the pods of Deployment n/app")
        .and.to.contain("app.kubernetes.io/component=server");
    }
  });

  it("reads the Deployment, so one that does not exist is an error", async () => {
    expect(String(await errorOf(check({})))).to.contain("reads n/app");
  });

  it("names what is missing, and what has another value", () => {
    expect(lackingLabels({ a: "1", b: "2", c: "3" }, { a: "1", b: "3" })).to.deep.equal(["b=2", "c=3"]);
  });
});
