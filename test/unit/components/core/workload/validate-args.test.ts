import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { WorkloadArgs } from "../../../../../components/core/workload/args.ts";
import { Workload } from "../../../../../components/core/workload/index.ts";
import { validateWorkloadArgs } from "../../../../../components/core/workload/validate-args.ts";
import { record } from "../../../../harness.ts";
import { IDENTITY, MINIMAL } from "./fixtures.ts";

describe("validateWorkloadArgs", () => {
  const probe = { http: { path: "/", port: "http" } };
  const fitting: WorkloadArgs = {
    ...IDENTITY,
    namespace: "n",
    controller: "Deployment",
    pod: { ...MINIMAL, ports: { http: 80 }, probes: { startup: probe, readiness: probe, liveness: probe } },
  };
  const withPod = (pod: Partial<WorkloadArgs["pod"]>): Partial<WorkloadArgs> => ({
    pod: { ...fitting.pod, ...pod },
  });
  const stateful = { controller: "StatefulSet" } as const;

  it("has nothing against what fits", () => expect(validateWorkloadArgs(fitting)).to.deep.equal([]));

  const REFUSED: readonly [string, Partial<WorkloadArgs>, string, RegExp][] = [
    [
      "an autoscaled StatefulSet",
      { ...stateful, autoscale: { maxReplicas: 2, cpuPercent: 50 } },
      "autoscale",
      /Deployment/,
    ],
    ["a headless Deployment", { headless: true }, "headless", /StatefulSet/],
    ["a Deployment with pod management", { podManagement: "Parallel" }, "podManagement", /StatefulSet/],
    [
      "a Deployment with a volume a pod",
      withPod({ mounts: { "/data": { claimTemplate: { storageGi: 1 } } } }),
      'pod.mounts["/data"].claimTemplate',
      /StatefulSet/,
    ],
    ["no pods", { replicas: 0 }, "replicas", /at least 1/],
    [
      "an autoscaler that cannot add",
      { autoscale: { maxReplicas: 1, cpuPercent: 50 } },
      "autoscale.maxReplicas",
      /greater than replicas, which is 1/,
    ],
    [
      "an autoscaler of no CPU",
      { autoscale: { maxReplicas: 2, cpuPercent: 0 } },
      "autoscale.cpuPercent",
      /at least 1/,
    ],
    [
      "a budget that keeps every node",
      { podDisruption: { maxUnavailable: 0 } },
      "podDisruption.maxUnavailable",
      /drained/,
    ],
    ["a port twice", withPod({ podPorts: { http: 81 } }), "pod.podPorts.http", /already/],
    [
      "a long port name",
      withPod({ podPorts: { "much-too-long-a-name": 81 } }),
      'pod.ports["much-too-long-a-name"]',
      /15/,
    ],
    [
      "a probe of no port",
      withPod({ probes: { startup: probe, readiness: { tcp: { port: "web" } }, liveness: probe } }),
      "pod.probes.readiness",
      /refers to the port "web"; the container has http/,
    ],
    [
      "a relative path",
      withPod({ mounts: { data: { emptyDir: { sizeLimitMi: 1 } } } }),
      'pod.mounts["data"]',
      /absolute/,
    ],
    [
      "two paths of one name",
      withPod({
        mounts: { "/a/b": { emptyDir: { sizeLimitMi: 1 } }, "/a-b": { emptyDir: { sizeLimitMi: 1 } } },
      }),
      'pod.mounts["/a-b"]',
      /same volume name as \/a\/b/,
    ],
    ["a sleep to the end", withPod({ preStopSleepSeconds: 30 }), "pod.preStopSleepSeconds", /30 s/],
  ];
  for (const [what, args, propertyPath, reason] of REFUSED) {
    it(`refuses ${what}`, () => {
      const problems = validateWorkloadArgs({ ...fitting, ...args });
      expect(problems.map((problem) => problem.propertyPath)).to.deep.equal([propertyPath]);
      expect(problems[0]?.reason).to.match(reason);
    });
  }

  it("refuses a server without a port", () =>
    expect(
      validateWorkloadArgs({ ...fitting, ...withPod({ ports: {}, podPorts: { http: 80 } }) }),
    ).to.deep.equal([{ propertyPath: "pod.ports", reason: "a Service needs a port" }]));

  it("stops the component", async () => {
    const error = await record(() => new Workload("w", { ...fitting, headless: true })).catch(
      (caught: unknown) => caught,
    );
    expect((error as pulumi.InputPropertiesError).errors).to.deep.equal([
      { propertyPath: "headless", reason: "is only for a StatefulSet" },
    ]);
  });
});
