import { expect } from "chai";
import type { Edge } from "../../../components/core/network/endpoint.ts";
import { Network } from "../../../components/core/network/index.ts";
import { senderName } from "../../../components/core/network/render-policies.ts";
import { Namespace } from "../../../components/core/namespace/index.ts";
import { workloadLabels } from "../../../components/core/labels.ts";
import { immutableConfigMap } from "../../../components/core/workload/config-map.ts";
import { Workload } from "../../../components/core/workload/index.ts";
import { Credential } from "../../../components/core/credential/index.ts";
import { record, type Recording } from "../../harness.ts";
import { INVARIANTS } from "../../invariants/all.ts";
import { allowedTraffic, outsideTraffic } from "../../invariants/reachability.ts";
import { Storage } from "../../../components/storage/index.ts";
import { copy, drop, type Mutation, set } from "../../mutate.ts";
import { platformConfig } from "../../program.ts";

// Shapes of workloads that the committed stacks may not have: the invariants know them, and see them broken.

const probe = { tcp: { port: "client" } };
const RESOURCES = { cpuRequestMillicores: 10, memoryRequestMi: 32, memoryLimitMi: 64 };
const IMAGE = { repository: "registry.example.org/app", tag: "1.2.3" };
const bus = {
  namespace: "n",
  podLabels: workloadLabels("bus", "server"),
  ports: { client: 4222, cluster: 6222 },
};
const web = { namespace: "n", podLabels: workloadLabels("web", "server"), ports: { http: 8080 } };
const EDGES: readonly Edge[] = [
  { from: bus, to: bus, ports: ["cluster"] },
  { from: { outside: { cidrs: ["192.168.0.0/16"] } }, to: web, ports: ["http"] },
  { from: { outside: { namespace: "ingress", podLabels: { app: "x" } } }, to: web, ports: ["http"] },
];

function program(): void {
  const namespace = new Namespace("data", { namespace: "n", retain: true });
  const network = new Network("network", { edges: EDGES }, { dependsOn: [namespace] });
  const opts = { dependsOn: [namespace, network] };
  new Storage("storage", {
    namePrefix: "n",
    server: "nas.example.org",
    share: "/volume1",
    mountOptions: ["hard"],
    driver: { namespace: "kube-system" },
  });
  const auth = new Credential("bus-auth", { application: "bus", namespaces: ["n"], key: "auth.conf" }, opts);
  const config = immutableConfigMap(
    "bus-config",
    { application: "bus", namespace: "n", files: { "bus.conf": "include ./auth.conf\n" } },
    opts,
  );
  new Workload(
    "bus-server",
    {
      application: "bus",
      role: "server",
      namespace: "n",
      controller: "StatefulSet",
      replicas: 3,
      headless: true,
      podManagement: "Parallel",
      pod: {
        image: IMAGE,
        uid: 1000,
        args: ["--config", "/etc/bus/bus.conf"],
        podFieldEnv: { POD_NAME: "metadata.name" },
        env: { SERVER: "$(POD_NAME).bus-headless.n.svc.cluster.local", AUTH_PASSWORD_FILE: "/etc/auth/auth" },
        ports: { client: 4222 },
        podPorts: { cluster: 6222 },
        probes: { startup: probe, readiness: probe, liveness: probe },
        resources: RESOURCES,
        mounts: {
          "/data": { claimTemplate: { storageGi: 1, retain: true } },
          "/etc/auth": { secret: { name: auth.refIn("n").name, items: { "auth.conf": "auth" } } },
          "/etc/bus": {
            projected: [
              { configMap: { name: config.metadata.name } },
              { secret: { name: auth.refIn("n").name } },
            ],
          },
        },
      },
    },
    opts,
  );
  const webProbe = { http: { path: "/", port: "http" } };
  new Workload(
    "web-server",
    {
      application: "web",
      role: "server",
      namespace: "n",
      controller: "Deployment",
      autoscale: { maxReplicas: 3, cpuPercent: 80 },
      exposure: { kind: "nodePort", nodePort: 30_080, sources: ["192.168.0.0/16"] },
      pod: {
        image: IMAGE,
        uid: 1000,
        squash: { uid: 1024, gid: 100 },
        ports: { http: 8080 },
        probes: { startup: webProbe, readiness: webProbe, liveness: webProbe },
        resources: RESOURCES,
        mounts: { "/etc/auth": { secret: { name: auth.refIn("n").name } } },
      },
    },
    opts,
  );
}

const STATEFULSET = "bus-server-statefulset";
const DEPLOYMENT = "web-server-deployment";
const POD = "inputs.spec.template.spec";

/** The invariants that report what is broken. */
const BREAKAGES: Readonly<Record<string, Readonly<Record<string, Mutation>>>> = {
  "pods are hardened": {
    "a squashed group of root": set(DEPLOYMENT, `${POD}.securityContext.runAsGroup`, 0),
    "a squashed pod with fsGroup": set(DEPLOYMENT, `${POD}.securityContext.fsGroup`, 100),
  },
  "servers have probes, and none asks /health": {
    "an unknown TCP port": set(STATEFULSET, `${POD}.containers.0.livenessProbe.tcpSocket.port`, "other"),
  },
  "volumes are bounded, mounted and of known kinds": {
    "a Secret that everybody reads": set(STATEFULSET, `${POD}.volumes.0.secret.defaultMode`, 0o444),
    "a Secret of no mode": set(STATEFULSET, `${POD}.volumes.0.secret.defaultMode`, undefined),
    "a projected Secret that everybody reads": set(
      STATEFULSET,
      `${POD}.volumes.1.projected.defaultMode`,
      0o644,
    ),
    "a Secret that its squashed user cannot read": set(
      DEPLOYMENT,
      `${POD}.volumes.0.secret.defaultMode`,
      0o440,
    ),
    "a writable Secret": set(STATEFULSET, `${POD}.containers.0.volumeMounts.1.readOnly`, undefined),
    "a volume a pod that is mounted nowhere": set(
      STATEFULSET,
      `${POD}.containers.0.volumeMounts.0.name`,
      "etc-bus",
    ),
    "a volume of the name of a template": set(STATEFULSET, `${POD}.volumes.2`, {
      name: "data",
      emptyDir: { sizeLimit: "1Mi" },
    }),
  },
  "replicas have a disruption budget and a spread": {
    "no budget for what an autoscaler makes": drop("web-server-disruption-budget"),
    "replicas that an autoscaler owns": set(DEPLOYMENT, "inputs.spec.replicas", 1),
    "an autoscaler of nothing": set("web-server-autoscaler", "inputs.spec.scaleTargetRef.name", "other"),
  },
  "pods name what exists": {
    "no Secret for a volume": drop("bus-auth-n"),
    "no key of that name": set(STATEFULSET, `${POD}.volumes.0.secret.items.0.key`, "other"),
    "no ConfigMap in a projected folder": drop("bus-config"),
    "no headless Service": drop("bus-server-headless-service"),
  },
  "nothing is unused": {
    "a Secret": copy("bus-auth-n", { urn: "urn:other", id: "n/other" }),
  },
  "files on command lines are mounted": {
    "a file that is not in a projected folder": set(
      STATEFULSET,
      `${POD}.containers.0.args.1`,
      "/etc/bus/other",
    ),
    "a file that is not in a Secret": set(
      STATEFULSET,
      `${POD}.containers.0.env.1.value`,
      "/etc/auth/auth.conf",
    ),
  },
  "secret variables come from Secrets": {
    "a password in clear": set(STATEFULSET, `${POD}.containers.0.env.1.name`, "AUTH_PASSWORD"),
  },
  "Service ports resolve": {
    "an unknown headless port": set("bus-server-headless-service", "inputs.spec.ports.1.targetPort", "other"),
    "another external port": set("web-server-external-service", "inputs.spec.ports.0.port", 80),
  },
  "objects stand in the stack's namespaces": {
    "no namespace": set(DEPLOYMENT, "inputs.metadata.namespace", undefined),
  },
  "objects carry the platform's labels": {
    "a class without": set("storage-retained", "inputs.metadata.labels", {}),
  },
  "prod protects data, dev nothing": {
    "volumes that go": set(
      STATEFULSET,
      "inputs.spec.persistentVolumeClaimRetentionPolicy.whenDeleted",
      "Delete",
    ),
    "a namespace of such volumes that goes": set("data-namespace", "retainOnDelete", false),
    "volumes of which nothing is said": set(
      STATEFULSET,
      "inputs.spec.persistentVolumeClaimRetentionPolicy",
      undefined,
    ),
  },
};

describe("the invariants know every shape of a workload", () => {
  let recording: Recording;
  before(async () => {
    recording = await record(program);
  });
  const problemsOf = (statement: string, subject = recording, profile: "dev" | "prod" = "prod") =>
    INVARIANTS[statement]?.({ recording: subject, config: platformConfig(profile) }) ?? ["no such invariant"];

  for (const [statement, breakages] of Object.entries(BREAKAGES)) {
    it(`${statement}: hold`, () => {
      expect(problemsOf(statement)).to.deep.equal([]);
    });
    for (const [what, mutation] of Object.entries(breakages)) {
      it(`${statement}: see ${what}`, () =>
        expect(problemsOf(statement, mutation(recording))).to.not.deep.equal(problemsOf(statement)));
    }
  }

  it("prod protects data, dev nothing: see volumes that stay in dev", () =>
    expect(problemsOf("prod protects data, dev nothing", recording, "dev").join()).to.include(
      "StatefulSet n/bus does not delete the volumes of its pods",
    ));

  it("see the traffic between members of a cluster, and the outside's", () => {
    expect(allowedTraffic(recording)).to.deep.equal(["n/bus-server -> n/bus-server:6222"]);
    expect(outsideTraffic(recording)).to.deep.equal(
      EDGES.slice(1).map((edge) => `${senderName(edge)} -> n/web-server:8080`),
    );
  });

  it("detect an address that no edge admits", () => {
    const opened = set("network-n-web-server", "inputs.spec.ingress.0.from.0.ipBlock.cidr", "0.0.0.0/0");
    expect(outsideTraffic(opened(recording))).to.include("outside 0.0.0.0/0 -> n/web-server:8080");
  });
});
