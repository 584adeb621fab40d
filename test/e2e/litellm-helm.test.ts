import { expect } from "chai";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { STAND_INS } from "../../sandbox/charts/stand-ins.ts";
import { capture } from "../../sandbox/commands/run.ts";
import { checkout } from "../../sandbox/paths.ts";
import { Workplace } from "../make.ts";

const workplace = new Workplace("litellm-helm");
const makeDone = workplace.makeDone.bind(workplace);
const shell = (script: string) => workplace.shellDone("dev", script);
const chart = join(workplace.folder, "chart");

/** The gateway with its database and two pods, and nothing that does not concern it. */
const SETTINGS = {
  "llm-platform:features": { nats: false, etcd: false, tracing: false, chat: false, kueue: true },
  "llm-platform:gateway": {
    replicas: 2,
    keys: { team: {} },
    models: [{ name: "mock", provider: "mock", response: "canned" }],
    chart: { source: chart, timeoutSeconds: 300 },
  },
};

describe("the gateway by a chart that replaces the official one, through make up", function () {
  this.timeout(300_000);

  before(async function () {
    this.timeout(1_800_000); // Tools may have to be built, helm among them.
    cpSync(STAND_INS.litellm, chart, { recursive: true });
    const { stackConfigs } = workplace.sandbox("dev");
    mkdirSync(stackConfigs, { recursive: true });
    writeFileSync(join(stackConfigs, "Pulumi.dev.yaml"), stringify({ config: SETTINGS }));
    const up = await makeDone("up");
    expect(up, "no stack without a chart waits for helm").to.not.match(/: helm /);
    expect(up).to.match(/^litellm +llm-gateway +litellm\.llm-gateway\.svc\.cluster\.local:4000 +ready$/m);
  });
  after(async () => {
    await capture("make", ["down"], { cwd: checkout, env: workplace.environment });
    workplace.remove();
  });

  const set = (path: string, value: string) =>
    shell(`pulumi config set --path 'llm-platform:gateway.${path}' ${value}`);
  const deployments = async () =>
    (await shell("kubectl -n llm-gateway get deployments -o jsonpath='{.items[*].metadata.name}'")).split(
      " ",
    );
  const server = (path: string) =>
    shell(`kubectl -n llm-gateway get deployment litellm-proxy -o jsonpath='{${path}}'`);
  const revision = async () =>
    (
      JSON.parse(
        await shell("kubectl -n llm-gateway get secrets -l owner=helm,status=deployed -o json | tr -d '\\n'"),
      ) as { items: readonly { metadata: { labels: { version: string } } }[] }
    ).items.map(({ metadata }) => metadata.labels.version);
  const salt = () =>
    shell(
      "kubectl -n llm-gateway get secrets -o name | grep litellm-salt-key; kubectl -n llm-data get statefulset postgres -o jsonpath='{.metadata.uid}'",
    );

  it("replaces the platform's own manifests in one update, and keeps the data and the secrets", async () => {
    const kept = await salt();
    await set("delivery", "helm");
    const up = await makeDone("up");
    expect(up).to.match(
      /^litellm +llm-gateway +litellm-proxy\.llm-gateway\.svc\.cluster\.local:4000 +ready$/m,
    );
    expect(await deployments()).to.deep.equal(["litellm-proxy"]);
    expect(await server(".status.readyReplicas")).to.equal("2");
    expect(await salt()).to.equal(kept);
    expect(await revision()).to.deep.equal(["1"]);
  });

  it("has the same pod labels, budget and keys as with the manifests", async () => {
    const job =
      "kubectl -n llm-gateway get jobs -l app.kubernetes.io/component=keys -o jsonpath='{.items[*].spec.template.spec.containers[0].env[?(@.name==\"LITELLM_URL\")].value}'";
    expect(await shell(job)).to.equal("http://litellm-proxy.llm-gateway.svc.cluster.local:4000");
    const policy =
      "kubectl -n llm-gateway get networkpolicies -o jsonpath='{.items[*].spec.podSelector.matchLabels.app\\.kubernetes\\.io/component}'";
    expect((await shell(policy)).split(" "))
      .to.include("proxy")
      .and.to.not.include("server");
    const pods =
      "kubectl -n llm-gateway get pods -l app.kubernetes.io/name=litellm,app.kubernetes.io/component=proxy -o name";
    expect((await shell(pods)).split("\n")).to.have.length(2);
    const budget = "kubectl -n llm-gateway get pdb litellm-proxy -o jsonpath='{.status.expectedPods}'";
    expect(await shell(budget)).to.equal("2");
  });

  it("does not change by itself", async () => {
    expect(await makeDone("up")).to.match(/^Resources:\n +\d+ unchanged$/m);
    expect(await makeDone("drift")).to.contain("no drift");
  });

  it("is upgraded: other values create another revision, and its pods roll", async () => {
    await set("models[0].response", "other");
    await makeDone("up");
    expect(await revision()).to.deep.equal(["2"]);
    const mounted = await server('.spec.template.spec.volumes[?(@.name=="litellm-config")].configMap.name');
    expect(await shell(`kubectl -n llm-gateway get configmap ${mounted} -o jsonpath='{.data}'`)).to.contain(
      "other",
    );
  });

  it("whose pods no network policy selects is refused after the update, and repaired by the chart that worked", async () => {
    const template = join(chart, "templates", "server.yaml");
    const worked = readFileSync(template, "utf8");
    const changed = worked.replace("{{- with .Values.podLabels }}", "{{- with dict }}");
    expect(changed).to.not.equal(worked);
    writeFileSync(template, changed);
    const { code, stdout, stderr } = await workplace.make("up");
    expect(code).to.equal(2);
    expect(stdout + stderr)
      .to.contain(
        "no network policy of the platform selects the pods of Deployment llm-gateway/litellm-proxy: " +
          "they do not have the labels app.kubernetes.io/component=proxy",
      )
      .and.to.not.match(/^ +at /m);
    writeFileSync(template, worked);
    // `pulumi up` previews first: what repairs the pods must not be refused for them.
    await makeDone("preview");
    await makeDone("up");
    expect(await makeDone("drift")).to.contain("no drift");
  });

  it("is replaced by the manifests again, and leaves nothing of the release", async () => {
    await set("delivery", "manifests");
    await makeDone("up");
    expect(await deployments()).to.deep.equal(["litellm"]);
    expect(await revision()).to.deep.equal([]);
    for (const kind of ["serviceaccounts", "services", "poddisruptionbudgets"]) {
      const names = `kubectl -n llm-gateway get ${kind} litellm-proxy --ignore-not-found -o name`;
      expect(await shell(names), kind).to.equal("");
    }
  });

  it("does not change the tracked stack file", () =>
    expect(readFileSync(join(checkout, "Pulumi.dev.yaml"), "utf8")).to.not.contain(chart));
});
