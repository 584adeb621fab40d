import { expect } from "chai";
import { jobRule } from "../../../../../sandbox/engine/kubernetes/await/job.ts";
import { ingressRule, serviceRule } from "../../../../../sandbox/engine/kubernetes/await/network.ts";
import {
  definitionRule,
  quotaRule,
  secretRule,
} from "../../../../../sandbox/engine/kubernetes/await/others.ts";
import { podProblems, podRule } from "../../../../../sandbox/engine/kubernetes/await/pods.ts";
import { ruleFor } from "../../../../../sandbox/engine/kubernetes/await/rules.ts";
import type { Rule } from "../../../../../sandbox/engine/kubernetes/await/rule.ts";
import { claimRule, volumeRule } from "../../../../../sandbox/engine/kubernetes/await/storage.ts";
import { waitForRule } from "../../../../../sandbox/engine/kubernetes/await/wait-for.ts";
import {
  daemonSetRule,
  deploymentRule,
  statefulSetRule,
} from "../../../../../sandbox/engine/kubernetes/await/workloads.ts";
import type { JsonMap, KubeObject } from "../../../../../sandbox/kubernetes/json.ts";

/** The verdict in one word, or what is missing. */
function verdict(rule: Rule, object: KubeObject, ...related: KubeObject[]): string | readonly string[] {
  const result = rule.decide({
    object,
    related: ({ kind }) => related.filter((other) => other["kind"] === kind),
  });
  return result.state === "ready" ? "ready" : result.reasons;
}

const conditions = (...types: (string | JsonMap)[]) =>
  types.map((type) => (typeof type === "string" ? { type, status: "True" } : type));

function pod(status: JsonMap, name = "web-1", ownerUid = "rs"): KubeObject {
  return {
    kind: "Pod",
    metadata: { name, uid: `uid-${name}`, ownerReferences: [{ uid: ownerUid }] },
    status,
  };
}
const pulling: JsonMap = {
  containerStatuses: [
    {
      name: "web",
      image: "web:missing",
      state: { waiting: { reason: "ImagePullBackOff", message: "Back-off pulling image" } },
    },
  ],
};
const PULL_PROBLEM = "Pod web-1: container web (image web:missing): ImagePullBackOff: Back-off pulling image";

describe("engine: kubernetes waits for a Deployment", () => {
  const deployment = (status: JsonMap, revision = "1"): KubeObject => ({
    kind: "Deployment",
    metadata: {
      name: "web",
      uid: "dep",
      generation: 2,
      annotations: { "deployment.kubernetes.io/revision": revision },
    },
    spec: {
      replicas: 2,
      template: { spec: { volumes: [{ persistentVolumeClaim: { claimName: "data" } }] } },
    },
    status: { observedGeneration: 2, conditions: conditions("Available"), ...status },
  });
  const replicaSet = (readyReplicas: number, revision = "1"): KubeObject => ({
    kind: "ReplicaSet",
    metadata: {
      name: `web-${revision}`,
      uid: "rs",
      ownerReferences: [{ uid: "dep" }],
      annotations: { "deployment.kubernetes.io/revision": revision },
    },
    status: { readyReplicas },
  });

  it("until the replicas of its revision are ready", () => {
    expect(verdict(deploymentRule, deployment({}), replicaSet(2))).to.equal("ready");
    expect(verdict(deploymentRule, deployment({}), replicaSet(1), pod(pulling))).to.deep.equal([
      "1 of 2 replicas are ready",
      PULL_PROBLEM,
    ]);
    expect(verdict(deploymentRule, deployment({}, "2"), replicaSet(2, "1"))).to.include(
      "0 of 2 replicas are ready",
    );
  });
  it("until the controller has seen the change", () => {
    expect(verdict(deploymentRule, deployment({ observedGeneration: 1 }), replicaSet(2))).to.deep.equal([
      "the controller has not seen the change yet",
    ]);
  });
  it("until a new revision is rolled out", () => {
    expect(verdict(deploymentRule, deployment({}, "2"), replicaSet(2, "2"))).to.deep.equal([
      "the new ReplicaSet is not rolled out yet",
    ]);
    const rolledOut = conditions("Available", {
      type: "Progressing",
      status: "True",
      reason: "NewReplicaSetAvailable",
    });
    expect(verdict(deploymentRule, deployment({ conditions: rolledOut }, "2"), replicaSet(2, "2"))).to.equal(
      "ready",
    );
  });
  it("until its claims are bound", () => {
    const claim = { kind: "PersistentVolumeClaim", metadata: { name: "data" }, status: { phase: "Pending" } };
    expect(verdict(deploymentRule, deployment({}), replicaSet(2), claim)).to.deep.equal([
      "PersistentVolumeClaim data is not bound",
    ]);
  });
  it("and reports the quota error of its ReplicaSet", () => {
    const failure = conditions("Available", {
      type: "ReplicaFailure",
      status: "True",
      message: "exceeded quota",
    });
    expect(verdict(deploymentRule, deployment({ conditions: failure }), replicaSet(0))[0]).to.equal(
      "exceeded quota",
    );
  });
});

describe("engine: kubernetes waits for other workloads", () => {
  const workload = (status: JsonMap, spec: JsonMap = { replicas: 2 }): KubeObject => ({
    metadata: { uid: "rs", generation: 1 },
    spec,
    status: { observedGeneration: 1, ...status },
  });
  const done = {
    replicas: 2,
    readyReplicas: 2,
    currentReplicas: 2,
    currentRevision: "a",
    updateRevision: "a",
  };

  it("a StatefulSet: all replicas, of one revision", () => {
    expect(verdict(statefulSetRule, workload(done))).to.equal("ready");
    expect(verdict(statefulSetRule, workload({ ...done, updateRevision: "b" }))).to.deep.equal([
      "the new revision is not rolled out yet",
    ]);
    expect(verdict(statefulSetRule, workload({ ...done, readyReplicas: 1 }), pod(pulling))).to.deep.equal([
      "1 of 2 replicas are ready",
      PULL_PROBLEM,
    ]);
  });
  it("a DaemonSet: updated and available on each node", () => {
    const status = { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 };
    expect(verdict(daemonSetRule, workload(status))).to.equal("ready");
    expect(verdict(daemonSetRule, workload({ ...status, updatedNumberScheduled: 1 }))).to.deep.equal([
      "1 of 3 pods are of the new version",
    ]);
    const onDelete = { updateStrategy: { type: "OnDelete" } };
    expect(verdict(daemonSetRule, workload({ ...status, updatedNumberScheduled: 1 }, onDelete))).to.equal(
      "ready",
    );
    expect(verdict(daemonSetRule, workload({ ...status, observedGeneration: 0 }))).not.to.equal("ready");
  });
  it("a Job: completion, and fails with it", () => {
    const job = (...types: (string | JsonMap)[]) =>
      workload({ startTime: "now", conditions: conditions(...types) });
    expect(verdict(jobRule, job("Complete"))).to.equal("ready");
    expect(verdict(jobRule, job())).to.deep.equal(["the Job is not complete yet"]);
    expect(verdict(jobRule, workload({ conditions: conditions("Suspended") }))).to.deep.equal([
      "the Job is suspended",
    ]);
    const failed = job({
      type: "Failed",
      status: "True",
      reason: "BackoffLimitExceeded",
      message: "too often",
    });
    const crashed = pod({
      containerStatuses: [
        { name: "m", state: { terminated: { exitCode: 3, reason: "Error", message: "no db\n" } } },
      ],
    });
    expect(jobRule.decide({ object: failed, related: () => [crashed] })).to.deep.equal({
      state: "failed",
      reasons: [
        "the Job failed: BackoffLimitExceeded: too often",
        "Pod web-1: container m exited with code 3 (Error): no db",
      ],
    });
  });
  it("a Pod: its conditions, or success", () => {
    expect(
      verdict(podRule, pod({ conditions: conditions("PodScheduled", "Initialized", "Ready") })),
    ).to.equal("ready");
    expect(verdict(podRule, pod({ phase: "Succeeded" }))).to.equal("ready");
    const unscheduled = { type: "PodScheduled", status: "False", message: "0/3 nodes: Insufficient cpu" };
    expect(verdict(podRule, pod({ conditions: conditions(unscheduled) }))).to.deep.equal([
      "Pod web-1: not scheduled: 0/3 nodes: Insufficient cpu",
      "the Pod is not PodScheduled, Initialized, Ready yet",
    ]);
  });
  it("and reports a pod's problems: crash loops with the last exit, evictions, nothing while it starts", () => {
    const crashing = {
      name: "a",
      image: "a:1",
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 1, reason: "OOMKilled" } },
    };
    expect(podProblems(pod({ containerStatuses: [crashing] }))).to.deep.equal([
      "Pod web-1: container a (image a:1): CrashLoopBackOff: last time it exited with code 1 (OOMKilled)",
    ]);
    const again = { ...crashing, state: { running: {} } };
    expect(podProblems(pod({ containerStatuses: [{ ...again, ready: false }] }))).to.deep.equal([
      "Pod web-1: container a runs again: last time it exited with code 1 (OOMKilled)",
    ]);
    expect(podProblems(pod({ containerStatuses: [{ ...again, ready: true }] }))).to.deep.equal([]);
    expect(podProblems(pod({ phase: "Failed", reason: "Evicted", message: "low on memory" }))).to.deep.equal([
      "Pod web-1: failed: Evicted: low on memory",
    ]);
    expect(
      podProblems(
        pod({ initContainerStatuses: [{ name: "i", state: { waiting: { reason: "PodInitializing" } } }] }),
      ),
    ).to.deep.equal([]);
  });
});

describe("engine: kubernetes waits for networking and storage", () => {
  const service = (spec: JsonMap = {}, status: JsonMap = {}): KubeObject => ({
    kind: "Service",
    metadata: { name: "web" },
    spec: { selector: { app: "web" }, clusterIP: "10.0.0.1", ...spec },
    status,
  });
  const slice = (...ready: boolean[]): KubeObject => ({
    kind: "EndpointSlice",
    metadata: { labels: { "kubernetes.io/service-name": "web" } },
    endpoints: ready.map((value) => ({ conditions: { ready: value } })),
  });
  const address = { loadBalancer: { ingress: [{ ip: "198.18.0.1" }] } };

  it("a Service: one ready endpoint", () => {
    expect(verdict(serviceRule, service(), slice(false, true))).to.equal("ready");
    expect(verdict(serviceRule, service(), slice(false))).to.deep.equal(["no selected Pod is ready"]);
  });
  it("a Service without any endpoint for 10 s only, as the official provider does", () => {
    const result = serviceRule.decide({ object: service(), related: () => [] });
    expect(result).to.deep.equal({
      state: "waiting",
      reasons: ["no Pod matches spec.selector"],
      settlesAfterSeconds: 10,
    });
  });
  it("no Service that sends to no pods", () => {
    for (const spec of [{ clusterIP: "None" }, { selector: {} }, { type: "ExternalName" }]) {
      expect(verdict(serviceRule, service(spec))).to.equal("ready");
    }
  });
  it("a LoadBalancer's address", () => {
    const spec = { type: "LoadBalancer" };
    expect(verdict(serviceRule, service(spec), slice(true))[0]).to.include("has no address");
    expect(verdict(serviceRule, service(spec, address), slice(true))).to.equal("ready");
  });
  it("an Ingress: its address, and an endpoint behind each backend", () => {
    const ingress = (status: JsonMap): KubeObject => ({
      spec: {
        rules: [{ http: { paths: [{ backend: { service: { name: "web" } } }] } }],
        defaultBackend: { service: { name: "web" } },
      },
      status,
    });
    expect(verdict(ingressRule, ingress(address), service(), slice(true))).to.equal("ready");
    expect(verdict(ingressRule, ingress({}), service(), slice(true))[0]).to.include("has no address");
    expect(verdict(ingressRule, ingress(address), service())).to.deep.equal([
      "the backend Service web has no ready endpoint",
    ]);
    expect(verdict(ingressRule, ingress(address), service({ type: "ExternalName" }))).to.equal("ready");
  });
  it("a claim: bound, or pending when its class waits for a pod", () => {
    const claim = (phase: string) => ({ spec: { storageClassName: "fast" }, status: { phase } });
    const storageClass = (volumeBindingMode: string) => ({
      kind: "StorageClass",
      metadata: { name: "fast" },
      volumeBindingMode,
    });
    expect(verdict(claimRule, claim("Bound"))).to.equal("ready");
    expect(verdict(claimRule, claim("Pending"), storageClass("WaitForFirstConsumer"))).to.equal("ready");
    expect(verdict(claimRule, claim("Pending"), storageClass("Immediate"))).to.deep.equal([
      "the claim's phase is Pending",
    ]);
    expect(verdict(claimRule, claim("Pending"))).to.deep.equal([
      "the claim's phase is Pending: there is no StorageClass fast",
    ]);
  });
  it("a volume, a quota, a token, a definition", () => {
    expect(verdict(volumeRule, { status: { phase: "Available" } })).to.equal("ready");
    expect(verdict(volumeRule, { status: { phase: "Pending" } })).not.to.equal("ready");
    expect(verdict(quotaRule, { spec: { hard: { pods: "1" } }, status: { hard: { pods: "1" } } })).to.equal(
      "ready",
    );
    expect(
      verdict(quotaRule, { spec: { hard: { pods: "2" } }, status: { hard: { pods: "1" } } }),
    ).not.to.equal("ready");
    expect(verdict(secretRule, { type: "Opaque" })).to.equal("ready");
    expect(verdict(secretRule, { type: "kubernetes.io/service-account-token" })).not.to.equal("ready");
    expect(verdict(definitionRule, { status: { conditions: conditions("Established") } })).to.equal("ready");
    expect(verdict(definitionRule, {})).to.deep.equal(["the kind is not served yet"]);
  });
});

describe("engine: kubernetes waits for what waitFor names", () => {
  const object = {
    metadata: { generation: 1 },
    status: { phase: "Running", list: [{ a: 1 }, { a: 2 }], conditions: conditions("Ready") },
  };
  const cases: [annotation: string, ready: boolean][] = [
    ["condition=Ready", true],
    ["condition=Ready=false", false],
    ["condition=Other", false],
    ["jsonpath={.status.phase}=Running", true],
    ["jsonpath={.status.phase}=Pending", false],
    ["jsonpath={.status.phase}", true],
    ["jsonpath={.status.address}", false],
    ["jsonpath={.status.list[1].a}=2", true],
    ["jsonpath={.status.list[*].a}=2", true],
    ['["condition=Ready","jsonpath={.status.phase}=Running"]', true],
    ['["condition=Ready","jsonpath={.status.phase}=Pending"]', false],
  ];
  for (const [annotation, ready] of cases) {
    it(`${annotation}: ${ready ? "ready" : "not ready"}`, () => {
      expect(verdict(waitForRule(annotation), object) === "ready").to.equal(ready);
    });
  }
  it("once the controller has seen the change", () => {
    const old = { metadata: { generation: 2 }, status: { ...object.status, observedGeneration: 1 } };
    expect(verdict(waitForRule("condition=Ready"), old)).not.to.equal("ready");
  });
  for (const wrong of ["Ready", "condition=", "jsonpath={.items[?(@.a==1)]}", "[]", "[1]"]) {
    it(`refuses ${wrong}`, () => expect(() => waitForRule(wrong)).to.throw("pulumi.com/waitFor"));
  }
  it("before the kind's own rule, and skipAwait before everything", () => {
    const inputs = (annotations: Record<string, string>) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { annotations },
    });
    expect(ruleFor(inputs({}))).to.equal(podRule);
    expect(ruleFor(inputs({ "pulumi.com/waitFor": "condition=Ready" }))).not.to.equal(podRule);
    expect(
      ruleFor(inputs({ "pulumi.com/skipAwait": "true", "pulumi.com/waitFor": "condition=Ready" })),
    ).to.equal(undefined);
    expect(ruleFor({ apiVersion: "v1", kind: "ConfigMap" })).to.equal(undefined);
  });
});
