// What only an API server and its controllers can say of the workloads that `components/workload` renders.
import { expect } from "chai";
import { join } from "node:path";
import { eventually } from "./kubectl.ts";
import { KubernetesProject, succeeded } from "./kubernetes-project.ts";

const COMPONENTS = join(import.meta.dirname, "..", "..", "components", "core");

/** Each shape once: an autoscaled, exposed Deployment, and a StatefulSet of several members with a volume each. */
const PROGRAM = `
import { Workload } from ${JSON.stringify(join(COMPONENTS, "workload", "index.ts"))};
import { Network } from ${JSON.stringify(join(COMPONENTS, "network", "index.ts"))};
import { exposureEdges } from ${JSON.stringify(join(COMPONENTS, "workload", "exposure.ts"))};
const options = { providers: [provider] };
const namespace = new k8s.core.v1.Namespace("n", { metadata: { name: "shapes", labels: {
  "pod-security.kubernetes.io/enforce": "restricted" } } }, o);
const metadata = { namespace: "shapes" };
const inNamespace = { ...o, dependsOn: [namespace] };
const auth = new k8s.core.v1.Secret("auth", { metadata, immutable: true, stringData: { "auth.conf": "x" } }, inNamespace);
const config = new k8s.core.v1.ConfigMap("config", { metadata, data: { "bus.conf": "include ./auth.conf" } }, inNamespace);
const image = { repository: "registry.example.org/app", tag: "1.0.0" };
const resources = { cpuRequestMillicores: 10, memoryRequestMi: 16, memoryLimitMi: 32 };
const all = (probe) => ({ startup: probe, readiness: probe, liveness: probe });
const exposure = { kind: "nodePort", nodePort: 30123, sources: ["192.168.0.0/16", "fd00::/16"] };
const web = { namespace: "shapes", podLabels: { "app.kubernetes.io/name": "web", "app.kubernetes.io/component": "server" }, ports: { http: 8080 } };
const network = new Network("network", { edges: [...exposureEdges(exposure, web), { to: web, ports: ["http"],
  from: { outside: { namespace: "ingress", podLabels: { app: "x" } } } }] }, { ...options, dependsOn: [namespace] });
new Workload("web", { application: "web", role: "server", namespace: "shapes", controller: "Deployment", replicas: 2,
  autoscale: { maxReplicas: 4, cpuPercent: 80 }, minReadySeconds: 1, exposure,
  pod: { image, uid: 1000, squash: { uid: 1024, gid: 100 }, ports: { http: 8080 }, probes: all({ tcp: { port: "http" } }), resources,
    preStopSleepSeconds: 5, podAnnotations: { "example.org/a": "1" },
    mounts: { "/etc/auth": { secret: { name: auth.metadata.name, items: { "auth.conf": "auth" } } } } },
}, { ...options, dependsOn: [network] });
new Workload("bus", { application: "bus", role: "server", namespace: "shapes", controller: "StatefulSet", replicas: 3,
  headless: true, podManagement: "Parallel", podDisruption: { maxUnavailable: 1 },
  pod: { image, uid: 1000, ports: { client: 4222 }, podPorts: { cluster: 6222 }, probes: all({ exec: ["true"] }), resources,
    podFieldEnv: { POD_NAME: "metadata.name" }, env: { ADDRESS: "$(POD_NAME).bus-headless" },
    mounts: { "/data": { claimTemplate: { storageGi: 1 } },
      "/etc/bus": { projected: [{ configMap: { name: config.metadata.name } }, { secret: { name: auth.metadata.name } }] } } },
}, { ...options, dependsOn: [network] });
`;

describe("every shape of a workload, in a real control plane", function () {
  this.timeout(300_000);
  let k: KubernetesProject;
  before(async function () {
    this.timeout(1_800_000); // Tools may have to be built.
    k = await KubernetesProject.create();
  });
  after(() => k.dispose());

  const unchanged = async () => {
    succeeded(await k.up("--expect-no-changes"));
    succeeded(await k.pulumi.run("refresh", "--yes", "--skip-preview", "--expect-no-changes"));
  };
  const replicas = () => k.kubectl.value("deployment/web -n shapes", ".spec.replicas");
  const claims = async () =>
    (await k.kubectl.run("get pvc -n shapes -o name --ignore-not-found")).trim().split("\n").filter(Boolean);

  it("is accepted under Pod Security restricted, and becomes ready", () => k.apply(PROGRAM));

  it("shows no drift from defaults of the server", unchanged);

  it("is scaled only by its autoscaler; no update resets the number of pods", async () => {
    await eventually(replicas, (count) => count === "2");
    await k.kubectl.run("scale deployment/web -n shapes --replicas=3");
    await unchanged();
    expect(await replicas()).to.equal("3");
  });

  it("has one volume per pod, which is deleted with the StatefulSet as configured", async () => {
    expect(await claims()).to.have.length(3);
    k.program(PROGRAM.replace(/new Workload\("bus"[^]*$/, ""));
    succeeded(await k.up());
    await eventually(claims, ({ length }) => length === 0);
  });
});
