import { expect } from "chai";
import { finished, printed } from "./engine-project.ts";
import { failed, KubernetesProject, succeeded } from "./kubernetes-project.ts";
import { namespace } from "./objects.ts";

describe("engine: the kubernetes stand-in recovers", function () {
  this.timeout(60_000);
  let k: KubernetesProject;

  before(async function () {
    this.timeout(1_800_000); // Tools may have to be built.
    k = await KubernetesProject.create();
    await k.kubectl.create(namespace("recovery"));
  });
  after(() => k.dispose());
  afterEach(async () => {
    await k.clear();
    await k.pulumi.noProcesses();
  });

  /** A ConfigMap, and a Deployment that comes after it. */
  const program = (image: string, options = "") => `
const config = new k8s.core.v1.ConfigMap("config", { metadata: { namespace: "recovery", name: "config" }, data: { a: "1" } }, o);
new k8s.apps.v1.Deployment("web", { metadata: { namespace: "recovery", name: "web" }, spec: { selector: { matchLabels: { app: "web" } },
  template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "${image}" }] } } } },
  { ...o, dependsOn: config, ${options} });`;
  const recovers = async () => {
    k.program(program("web:1"));
    const output = succeeded(await k.up("--refresh"));
    succeeded(await k.up("--expect-no-changes"));
    expect(await k.kubectl.value("-n recovery deploy web", ".status.readyReplicas")).to.equal("1");
    return output;
  };

  it("from an image that cannot be pulled: the reason is reported, the object is kept", async () => {
    k.program(program("web:missing", 'customTimeouts: { create: "3s" }'));
    failed(
      await k.up(),
      "Deployment recovery/web is not ready after 3 s",
      "0 of 1 replicas are ready",
      "container web (image web:missing): ImagePullBackOff",
    );
    expect(await k.exported()).to.include("Deployment::web");
    const refreshed = await k.pulumi.run("refresh", "--yes", "--skip-preview");
    expect(refreshed.output).to.include("Refreshed resource is in an unhealthy state");
    const output = await recovers();
    expect(output).to.include("~ 1 updated");
  });

  it("from a pod that fits on no node: the scheduler's reason is reported", async () => {
    k.program(`new k8s.core.v1.Pod("big", { metadata: { namespace: "recovery", name: "big", annotations: { "pulumi.com/timeoutSeconds": "2" } },
  spec: { containers: [{ name: "a", image: "a:1", resources: { limits: { "nvidia.com/gpu": "100" } } }] } }, o);`);
    failed(await k.up(), "Pod recovery/big is not ready after 2 s", "Insufficient nvidia.com/gpu");
  });

  it("from a quota that limits the ReplicaSet", async () => {
    await k.kubectl.run("-n recovery create quota none --hard=pods=0");
    k.program(program("web:1", 'customTimeouts: { create: "3s" }'));
    failed(await k.up(), "exceeded quota: none");
    await k.kubectl.run("-n recovery delete quota none");
    // The ReplicaSet's back-off may be long by now; the repair is for the test of the image.
  });

  it("from ^C: waits end immediately, and existing objects are in the state", async () => {
    k.program(program("web:missing"));
    const child = k.pulumi.start("up", "--yes", "--skip-preview");
    const end = finished(child);
    await printed(child, "0 of 1 replicas are ready");
    process.kill(-(child.pid ?? 0), "SIGINT");
    failed(await end, "the wait for Deployment recovery/web was canceled");
    expect(await k.exported()).to.include("Deployment::web");
    await recovers();
  });

  it("from kill -9: no process stays, and unfinished objects are adopted", async () => {
    k.program(program("web:missing"));
    const child = k.pulumi.start("up", "--yes", "--skip-preview");
    const end = finished(child);
    await printed(child, "0 of 1 replicas are ready");
    child.kill("SIGKILL");
    await end;
    await k.pulumi.noProcesses();
    expect(await k.kubectl.value("-n recovery deploy web", ".metadata.name")).to.equal("web");
    succeeded(await k.pulumi.run("cancel", "--yes"));
    const output = await recovers();
    expect(output).to.include("Deployment recovery/web is there already, and is now managed by this program");
  });
});
