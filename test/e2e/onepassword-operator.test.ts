import { expect } from "chai";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { finished } from "./engine-project.ts";
import { eventually } from "./kubectl.ts";
import { KubernetesProject, succeeded } from "./kubernetes-project.ts";
import { namespace } from "./objects.ts";

const TOKEN = "ops_the-token-of-the-account";
const component = (name: string) =>
  pathToFileURL(join(import.meta.dirname, `../../components/${name}/index.ts`)).href;

/** Replaces the official chart, which no package registry has: its definition, and a Deployment that takes its values. */
const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: onepassworditems.onepassword.com }
spec:
  group: onepassword.com
  scope: Namespaced
  names: { kind: OnePasswordItem, listKind: OnePasswordItemList, plural: onepassworditems, singular: onepassworditem }
  versions:
    - name: v1
      served: true
      storage: true
      subresources: { status: {} }
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;
const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: onepassword-connect-operator }
spec:
  selector: { matchLabels: { name: onepassword-connect } }
  template:
    metadata:
      labels: {{ merge (dict "name" "onepassword-connect" "app.kubernetes.io/component" "operator") .Values.operator.podLabels | toJson }}
    spec:
      containers:
        - name: operator
          image: "{{ .Values.operator.imageRepository }}:{{ .Values.operator.version }}"
          env:
            - name: WATCH_NAMESPACE
              value: {{ join "," .Values.operator.watchNamespace | quote }}
            - name: OP_SERVICE_ACCOUNT_TOKEN
              valueFrom: { secretKeyRef: {{ toJson .Values.operator.serviceAccountToken }} }
`;

/** The operator; an item, and a Deployment that uses its Secret. */
const program = (item: string) => `
const { OnePassword } = await import(${JSON.stringify(component("onepassword"))});
const { Credential } = await import(${JSON.stringify(component("core/credential"))});
const image = (repository) => ({ repository, tag: "1.0.0" });
const opts = { providers: [provider] };
const operator = new OnePassword("onepassword", {
  namespace: "onepassword",
  watchNamespaces: ["apps"],
  access: { mode: "service-account", token: { kind: "config", value: pulumi.secret("${TOKEN}") } },
  images: { operator: image("r.example/op"), connectApi: image("r.example/api"), connectSync: image("r.example/sync") },
  apiServer: { cidrs: ["192.0.2.10/32"], port: 6443 },
  chart: { chart: "./chart", version: "2.4.1" },
}, opts);
const source = { kind: "onepassword-operator", vault: "Lab", item: "${item}", field: "password" };
const credential = new Credential("login", {
  application: "app", namespaces: ["apps"], key: "unused", source,
}, { ...opts, dependsOn: [operator] });
const { name, key } = credential.refIn("apps");
new k8s.apps.v1.Deployment("app", {
  metadata: { name: "app", namespace: "apps" },
  spec: {
    selector: { matchLabels: { app: "app" } },
    template: {
      metadata: { labels: { app: "app" } },
      spec: { containers: [{ name: "app", image: "r.example/app:1.0.0",
        env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name, key } } }] }] },
    },
  },
}, o);
export const secretName = name;`;

describe("1Password's operator in a cluster, with a small chart that replaces the official one", function () {
  this.timeout(120_000);
  let k: KubernetesProject;

  before(async function () {
    this.timeout(1_800_000); // Tools may have to be built.
    // The project's commands inherit it.
    process.env["HELM_BINARY"] = (await ensureTools(["helm"], createReport())).helm;
    k = await KubernetesProject.create();
    await k.kubectl.create(namespace("onepassword"), namespace("apps"));
    for (const folder of ["crds", "templates"])
      mkdirSync(join(k.pulumi.folder, "chart", folder), { recursive: true });
    k.pulumi.write("chart/Chart.yaml", "{ apiVersion: v2, name: connect, version: 2.4.1 }");
    k.pulumi.write("chart/crds/item.yaml", DEFINITION);
    k.pulumi.write("chart/templates/operator.yaml", DEPLOYMENT);
  });
  after(async () => {
    delete process.env["HELM_BINARY"];
    await k.dispose();
  });

  const items = async () =>
    (await k.kubectl.value("-n apps onepassworditems", ".items[*].metadata.name")).split(" ").filter(Boolean);
  /** None, too, before the chart has brought their definition. */
  const existingItems = () => items().catch((): string[] => []);
  const usedSecret = () =>
    k.kubectl.value(
      "-n apps deploy app",
      ".spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.name",
    );
  /** What the operator would do: the Secret, named like the item, and the condition. */
  const synchronise = async (name: string) => {
    await k.kubectl.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: "apps" },
      stringData: { password: "from-the-vault" },
    });
    const status = { conditions: [{ type: "Ready", status: "True" }] };
    await k.kubectl.run(
      `-n apps patch onepassworditem ${name} --subresource=status --type=merge -p ${JSON.stringify({ status })}`,
    );
  };
  /** Starts an update and acts as the operator for the item that it creates. @returns the item's name */
  const upWithOperator = async (source: string) => {
    const before = await existingItems();
    k.program(source);
    const child = k.pulumi.start("up", "--yes", "--skip-preview");
    const end = finished(child);
    const isNew = (names: readonly string[]) => names.some((name) => !before.includes(name));
    const names = await eventually(existingItems, isNew);
    const item = names.find((name) => !before.includes(name)) ?? "";
    expect(await usedSecret(), "a pod before its Secret").to.not.equal(item);
    expect(child.exitCode, "an update that did not wait").to.equal(null);
    await synchronise(item);
    succeeded(await end);
    return item;
  };

  it("exists before the items, and pods wait for their Secret", async () => {
    const item = await upWithOperator(program("app"));
    expect(item).to.match(/^login-apps-[0-9a-f]{8}$/);
    expect(await usedSecret()).to.equal(item);
    expect(await k.kubectl.value(`-n apps onepassworditem ${item}`, ".spec.itemPath")).to.equal(
      "vaults/Lab/items/app",
    );
    expect(await k.pulumi.output("secretName")).to.equal(item);
  });

  it("does not change by itself", async () => succeeded(await k.up("--expect-no-changes")));

  it("gets its token from a Secret of the stack; Helm's copy of the values contains only its name", async () => {
    const path = ".spec.template.spec.containers[0].env[1].valueFrom.secretKeyRef.name";
    const secret = await k.kubectl.value("-n onepassword deploy onepassword-connect-operator", path);
    expect(
      Buffer.from(
        await k.kubectl.value(`-n onepassword secret ${secret}`, ".data.token"),
        "base64",
      ).toString(),
    ).to.equal(TOKEN);
    const stored = await k.kubectl.value(
      "-n onepassword secret sh.helm.release.v1.onepassword.v1",
      ".data.release",
    );
    const twice = Buffer.from(Buffer.from(stored, "base64").toString(), "base64");
    expect(gunzipSync(twice).toString()).to.include(secret).and.not.include(TOKEN);
    expect(await k.exported())
      .to.include(secret)
      .and.not.include(TOKEN);
  });

  it("has the labels that its network policies select", async () => {
    const selector = "app.kubernetes.io/name=onepassword,app.kubernetes.io/component=operator";
    expect(await k.kubectl.run(`-n onepassword get pods -l ${selector} -o name`)).to.match(
      /^pod\/onepassword-connect-operator-/,
    );
  });

  it("creates another Secret for another item, and the pods that use it roll", async () => {
    const [before] = await items();
    const item = await upWithOperator(program("another"));
    expect(item).to.not.equal(before);
    expect(await items()).to.deep.equal([item]);
    expect(await usedSecret()).to.equal(item);
  });
});
