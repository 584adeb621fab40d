import { expect } from "chai";
import { mkdirSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { failed, KubernetesProject, succeeded } from "./kubernetes-project.ts";
import { namespace } from "./objects.ts";

const PASSWORD = "correct-horse-battery";
const TEMPLATES = `
apiVersion: v1
kind: Secret
metadata: { name: {{ .Release.Name }} }
stringData: { password: {{ .Values.password | quote }} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }} }
spec:
  selector: { matchLabels: { app.kubernetes.io/instance: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app.kubernetes.io/instance: {{ .Release.Name }} } }
    spec: { containers: [{ name: app, image: {{ required "image is needed" .Values.image | quote }} }] }
  strategy: {{ toJson .Values.strategy }}
`;

describe("engine: the kubernetes stand-in's helm.v3.Release", function () {
  this.timeout(90_000);
  let k: KubernetesProject;

  before(async function () {
    this.timeout(1_800_000); // Tools may have to be built.
    // The project's commands inherit it.
    process.env["HELM_BINARY"] = (await ensureTools(["helm"], createReport())).helm;
    k = await KubernetesProject.create();
    await k.kubectl.create(namespace("releases"));
    mkdirSync(join(k.pulumi.folder, "chart/templates"), { recursive: true });
    k.pulumi.write("chart/templates/all.yaml", TEMPLATES);
    k.pulumi.write(
      "chart/values.yaml",
      'strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } }',
    );
    chart("1.0.0");
  });
  after(async () => {
    delete process.env["HELM_BINARY"];
    await k.dispose();
  });

  const chart = (version: string) =>
    k.pulumi.write("chart/Chart.yaml", `{ apiVersion: v2, name: demo, version: ${version} }`);
  const release = (image: string, options = "", name = "demo") => `
const release = new k8s.helm.v3.Release("demo", { name: "${name}", namespace: "releases", chart: "./chart", ${options}
  values: { image: "${image}", password: pulumi.secret("${PASSWORD}") } }, o);
export const revision = release.status.revision;
export const version = release.status.version;`;
  const image = () => k.kubectl.value("-n releases deploy demo", ".spec.template.spec.containers[0].image");

  it("installs a chart from a folder, waits for it, and keeps its secrets out of the state", async () => {
    k.program(release("app:1"));
    succeeded(await k.pulumi.run("preview"));
    expect(await image()).to.equal("");
    succeeded(await k.up());
    expect(await k.kubectl.value("-n releases deploy demo", ".status.readyReplicas")).to.equal("1");
    expect(await k.exported()).not.to.include(PASSWORD);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("helm-"))).to.deep.equal([]);
  });

  it("does not change by itself", async () => {
    succeeded(await k.up("--refresh", "--expect-no-changes"));
  });

  it("upgrades for other values, another version, and another content of the chart", async () => {
    await k.apply(release("app:2"));
    expect(await image()).to.equal("app:2");
    chart("1.1.0");
    await k.apply(release("app:2"));
    expect(await k.pulumi.output("version")).to.equal("1.1.0");
    k.pulumi.write("chart/templates/all.yaml", TEMPLATES.replace("name: app,", "name: renamed,"));
    await k.apply(release("app:2"));
    expect(
      await k.kubectl.value("-n releases deploy demo", ".spec.template.spec.containers[0].name"),
    ).to.equal("renamed");
  });

  it("removes a default of the chart with null, where allowNullValues is set, and then does not change by itself", async () => {
    const strategy = (value: string) =>
      release("app:2").replace("values: {", `values: { strategy: ${value},`);
    const recreate = strategy('{ type: "Recreate", rollingUpdate: null }');
    k.program(recreate);
    failed(await k.up(), "may not be specified when strategy `type` is 'Recreate'");
    const allowed = recreate.replace("values: {", "allowNullValues: true, values: {");
    await k.apply(allowed);
    expect(await k.kubectl.value("-n releases deploy demo", ".spec.strategy")).to.equal(
      '{"type":"Recreate"}',
    );
    succeeded(await k.up("--refresh", "--expect-no-changes"));
  });

  it("rolls back with atomic, and reports why the pods were not ready", async () => {
    k.program(release("app:missing", "atomic: true, timeout: 6,"));
    failed(
      await k.up(),
      "container renamed (image app:missing): ImagePullBackOff",
      "the release was rolled back",
    );
    expect(await image()).to.equal("app:2");
  });

  it("keeps a failed release in the state, and repairs it with the next up", async () => {
    k.program(release("app:missing", "timeout: 4,"));
    failed(await k.up(), "ImagePullBackOff");
    await k.apply(release("app:3"));
    expect(await image()).to.equal("app:3");
  });

  it("rejects wrong values at preview, unsupported options, and a release that another program owns", async () => {
    k.program(release(""));
    failed(await k.pulumi.run("preview"), "image is needed");
    k.program(release("app:3", "verify: true,"));
    failed(await k.pulumi.run("preview"), "does not support verify of a Release");
    k.program(release("app:3").replace('Release("demo"', 'Release("second"'));
    failed(await k.up(), "there is already a Helm release releases/demo");
  });

  it("uninstalls", async () => {
    await k.clear();
    expect(await image()).to.equal("");
  });
});
