import { expect } from "chai";
import { namespace } from "./objects.ts";
import { failed, KubernetesProject, succeeded } from "./kubernetes-project.ts";

const PASSWORD = "correct-horse-battery";

interface Variant {
  readonly replicas?: number;
  readonly labels?: string;
  readonly env?: string;
  readonly data?: string;
}

/** A small application with a name for everything. */
function application({
  replicas = 2,
  labels = 'tier: "front"',
  env = "",
  data = 'mode: "fast"',
}: Variant = {}) {
  return `
const ns = new k8s.core.v1.Namespace("app", { metadata: { name: "app" } }, o);
const inApp = (name) => ({ name, namespace: ns.metadata.name });
const config = new k8s.core.v1.ConfigMap("config", { metadata: { ...inApp("config"), labels: { ${labels} } }, data: { ${data} } }, o);
const login = new k8s.core.v1.Secret("login", { metadata: inApp("login"), stringData: { password: ${JSON.stringify(PASSWORD)} } }, o);
const selector = { app: "web" };
const web = new k8s.apps.v1.Deployment("web", { metadata: inApp("web"), spec: { replicas: ${replicas}, selector: { matchLabels: selector },
  template: { metadata: { labels: selector }, spec: { containers: [{ name: "web", image: "registry.example/web:1.0.0",
    ports: [{ containerPort: 8080 }], resources: { limits: { cpu: "1000m", memory: "1024Mi" } },
    env: [{ name: "CONFIG", value: config.metadata.name }, ${env}] }] } } } }, o);
const service = new k8s.core.v1.Service("web", { metadata: inApp("web"), spec: { selector, ports: [{ port: 80, targetPort: 8080 }] } }, o);
new k8s.networking.v1.NetworkPolicy("deny", { metadata: inApp("deny"), spec: { podSelector: {}, policyTypes: ["Ingress"] } }, o);
new k8s.core.v1.ResourceQuota("quota", { metadata: inApp("quota"), spec: { hard: { "limits.cpu": "20000m", pods: "20" } } }, o);
export const address = service.spec.clusterIP;
export const ready = web.status.readyReplicas;
`;
}

describe("engine: the kubernetes stand-in under the real Pulumi CLI", function () {
  this.timeout(60_000);
  let k: KubernetesProject;

  before(async function () {
    this.timeout(1_800_000); // Tools may have to be built.
    k = await KubernetesProject.create();
  });
  after(() => k.dispose());

  const mutable = { enableConfigMapMutable: true };
  const container = ".spec.template.spec.containers";
  const unchanged = async () => {
    succeeded(await k.up("--expect-no-changes"));
    succeeded(await k.pulumi.run("refresh", "--yes", "--skip-preview", "--expect-no-changes"));
  };

  describe("an application's life", () => {
    it("is previewed with objects whose namespace does not exist yet", async () => {
      k.program(application(), mutable);
      const output = succeeded(await k.pulumi.run("preview"));
      expect(output).to.include("+ 9 to create");
      expect(await k.kubectl.value("namespace app", ".metadata.name")).to.equal("");
    });

    it("is deployed, and is ready when up ends", async () => {
      succeeded(await k.up());
      expect(await k.pulumi.output("ready")).to.equal(2);
      expect(await k.pulumi.output("address")).to.match(/^10\.96\./);
    });

    it("does not change by itself, although the server rewrites quantities and adds defaults", async () => {
      expect(await k.kubectl.value("-n app deploy web", `${container}[0].resources.limits.cpu`)).to.equal(
        "1",
      );
      await unchanged();
    });

    it("keeps secrets encrypted in the state: the password, its base64, the kubeconfig's key", async () => {
      const state = await k.exported();
      const key = /client-key-data: "?([A-Za-z0-9+/=]+)/.exec(k.kubeconfig)?.[1] ?? "";
      expect(key).to.have.length.greaterThan(100);
      expect(state).to.include("kubernetes:core/v1:Secret");
      for (const secret of [PASSWORD, Buffer.from(PASSWORD).toString("base64"), key]) {
        expect(state).not.to.include(secret);
      }
      expect(await k.kubectl.value("-n app secret login", ".data.password")).to.equal(
        Buffer.from(PASSWORD).toString("base64"),
      );
    });

    it("is updated only where it changed, and removed objects are deleted", async () => {
      await k.apply(
        application({ labels: 'tier: "front", team: "a"', env: '{ name: "EXTRA", value: "1" }' }),
        mutable,
      );
      expect(await k.kubectl.value("-n app deploy web", `${container}[0].env[*].name`)).to.equal(
        "CONFIG EXTRA",
      );
      await k.kubectl.run("-n app label configmap config owner=someone");

      const output = await k.apply(application({ data: 'other: "1"' }), mutable);
      expect(output).to.include("~ 2 updated");
      expect(await k.kubectl.value("-n app deploy web", `${container}[0].env[*].name`)).to.equal("CONFIG");
      expect(JSON.parse(await k.kubectl.value("-n app configmap config", ".data"))).to.deep.equal({
        other: "1",
      });
      expect(JSON.parse(await k.kubectl.value("-n app configmap config", ".metadata.labels"))).to.deep.equal({
        tier: "front",
        owner: "someone",
      });
      await k.apply(application(), mutable);
    });
  });

  describe("a manual change", () => {
    const drifts: [what: string, command: string, shown: string, check: () => Promise<unknown>][] = [
      [
        "a Deployment that was scaled",
        "-n app scale deployment web --replicas=3",
        "~ replicas: 3 => 2",
        async () => expect(await k.kubectl.value("-n app deploy web", ".spec.replicas")).to.equal("2"),
      ],
      [
        "a ConfigMap with a changed and an added key",
        '-n app patch configmap config --patch={"data":{"mode":"slow","by":"hand"}}',
        '~ mode: "slow" => "fast"',
        async () =>
          expect(JSON.parse(await k.kubectl.value("-n app configmap config", ".data"))).to.deep.equal({
            mode: "fast",
          }),
      ],
      [
        "a privileged sidecar",
        '-n app patch deployment web --patch={"spec":{"template":{"spec":{"containers":[{"name":"evil","image":"evil:1","securityContext":{"privileged":true}}]}}}}',
        "- privileged: true",
        async () =>
          expect(await k.kubectl.value("-n app deploy web", `${container}[*].name`)).to.equal("web"),
      ],
      [
        "a default that was changed",
        '-n app patch deployment web --patch={"spec":{"revisionHistoryLimit":1}}',
        "- revisionHistoryLimit: 1",
        async () =>
          expect(await k.kubectl.value("-n app deploy web", ".spec.revisionHistoryLimit")).to.equal("10"),
      ],
      [
        "a removed limit",
        '-n app patch deployment web --patch={"spec":{"template":{"spec":{"containers":[{"name":"web","resources":{"limits":{"memory":null}}}]}}}}',
        '+ memory: "1024Mi"',
        async () =>
          expect(
            await k.kubectl.value("-n app deploy web", `${container}[0].resources.limits.memory`),
          ).to.equal("1Gi"),
      ],
      [
        "a deleted NetworkPolicy",
        "-n app delete networkpolicy deny",
        "NetworkPolicy: (create)",
        async () =>
          expect(await k.kubectl.value("-n app networkpolicy deny", ".metadata.name")).to.equal("deny"),
      ],
    ];

    it("is detected, together with all others", async () => {
      for (const [, command] of drifts) await k.kubectl.run(command);
      const output = succeeded(await k.pulumi.run("preview", "--refresh", "--diff"));
      for (const [what, , shown] of drifts) expect(output.replaceAll(/ +:/g, ":"), what).to.include(shown);
      failed(await k.pulumi.run("refresh", "--preview-only", "--expect-no-changes"));
    });

    it("is repaired completely", async () => {
      const output = succeeded(await k.up("--refresh"));
      expect(output).to.match(/~ 2 updated/);
      for (const [, , , check] of drifts) await check();
      await unchanged();
    });

    it("is ignored for a foreign label or annotation", async () => {
      await k.kubectl.run("-n app label deployment web billing=blue");
      await k.kubectl.run("-n app annotate networkpolicy deny seen=yes");
      await unchanged();
      expect(await k.kubectl.value("-n app deploy web", ".metadata.labels.billing")).to.equal("blue");
    });

    it("is ignored with ignoreChanges, also when something else is updated", async () => {
      const program = (image: string) =>
        application()
          .replace("web:1.0.0", image)
          .replace("}] } } } }, o);", '}] } } } }, { ...o, ignoreChanges: ["spec.replicas"] });');
      await k.apply(program("web:1.0.0"), mutable);
      await k.kubectl.run("-n app scale deployment web --replicas=4");
      await k.apply(program("web:2.0.0"), mutable);
      expect(await k.kubectl.value("-n app deploy web", ".spec.replicas")).to.equal("4");
    });

    it("stops an update if another manager owns the field, unless patchForce is set", async () => {
      const applied = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "config", namespace: "app" },
        data: { mode: "theirs" },
      };
      await k.kubectl.run("apply --server-side --force-conflicts --field-manager=other-team -f -", [applied]);
      k.program(application({ data: 'mode: "ours"' }), mutable);
      failed(await k.up(), 'conflict with "other-team"', ".data.mode", "pulumi.com/patchForce");
      await k.apply(application({ data: 'mode: "ours"' }), { ...mutable, enablePatchForce: true });
      expect(await k.kubectl.value("-n app configmap config", ".data.mode")).to.equal("ours");
    });
  });

  describe("the end", () => {
    it("leaves nothing, and accepts objects that are already deleted", async () => {
      await k.kubectl.run("-n app delete service web");
      succeeded(await k.pulumi.run("destroy", "--yes", "--skip-preview"));
      expect(await k.kubectl.value("namespace app", ".metadata.name")).to.equal("");
    });
  });

  describe("replacement and identity", () => {
    before(() => k.kubectl.create(namespace("identity")));
    const inNamespace = (name: string) => `metadata: { namespace: "identity", name: "${name}" }`;
    const uid = (what: string) => k.kubectl.value(`-n identity ${what}`, ".metadata.uid");

    it("generates missing names, and creates a new ConfigMap before it deletes the old one", async () => {
      const program = (value: string) => `
const config = new k8s.core.v1.ConfigMap("config", { metadata: { namespace: "identity" }, data: { key: "${value}" } }, o);
export const name = config.metadata.name;`;
      await k.apply(program("one"));
      const first = await k.pulumi.output("name");
      expect(first).to.match(/^config-[0-9a-f]{8}$/);
      await unchanged();
      const output = await k.apply(program("two"));
      expect(output).to.match(/created replacement[^]*deleted original/);
      expect(await k.pulumi.output("name")).not.to.equal(first);
    });

    it("deletes first if the name is taken, and finds immutable fields with a dry-run", async () => {
      const job = (image: string) => `
new k8s.batch.v1.Job("job", { ${inNamespace("job")}, spec: { template: { spec: { restartPolicy: "Never",
  containers: [{ name: "job", image: "${image}" }] } } } }, o);
new k8s.scheduling.v1.PriorityClass("class", { metadata: { name: "identity-class" }, value: ${image === "job:1" ? 1 : 2} }, o);`;
      await k.apply(job("job:1"));
      const before = await uid("job job");
      const output = await k.apply(job("job:2"));
      expect(output).to.include("+-2 replaced");
      expect(await uid("job job")).not.to.equal(before);
      expect(await k.kubectl.value("priorityclass identity-class", ".value")).to.equal("2");
    });

    it("keeps an object that is renamed with an alias, and still removes its removed fields", async () => {
      const program = (name: string, data: string, options: string) =>
        `new k8s.core.v1.ConfigMap("${name}", { ${inNamespace("kept")}, data: { ${data} } }, { ...o, ${options} });`;
      await k.apply(program("old", 'a: "1", b: "2"', ""), mutable);
      const before = await uid("configmap kept");
      await k.apply(program("new", 'a: "2"', 'aliases: [{ name: "old" }], protect: true'), mutable);
      expect(await uid("configmap kept")).to.equal(before);
      expect(JSON.parse(await k.kubectl.value("-n identity configmap kept", ".data"))).to.deep.equal({
        a: "2",
      });
      k.program("", mutable);
      failed(await k.up(), "protect");
      await k.clear();
    });

    it("imports by namespace and name, and reads with get", async () => {
      await k.kubectl.run("-n identity create configmap theirs --from-literal=a=1");
      const before = await uid("configmap theirs");
      await k.apply(
        `new k8s.core.v1.ConfigMap("theirs", { ${inNamespace("theirs")}, data: { a: "1" } }, { ...o, import: "identity/theirs" });
export const serviceAddress = k8s.core.v1.Service.get("api", "default/kubernetes", o).spec.clusterIP;`,
        mutable,
      );
      expect(await k.pulumi.output("serviceAddress")).to.equal("10.96.0.1");
      const changed = `new k8s.core.v1.ConfigMap("theirs", { ${inNamespace("theirs")}, data: { b: "2" } }, o);`;
      await k.apply(changed, mutable);
      expect(await uid("configmap theirs")).to.equal(before);
      expect(JSON.parse(await k.kubectl.value("-n identity configmap theirs", ".data"))).to.deep.equal({
        b: "2",
      });
    });

    it("creates a definition and its custom resources in one update, and waits for the conditions of waitFor", async () => {
      const program = (size: number) => `
const crd = new k8s.apiextensions.v1.CustomResourceDefinition("widgets", { metadata: { name: "widgets.test.example" }, spec: {
  group: "test.example", scope: "Namespaced", names: { plural: "widgets", singular: "widget", kind: "Widget" },
  versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", properties: {
    spec: { type: "object", x_kubernetes_preserve_unknown_fields: true, properties: { size: { type: "integer" },
      kind: { type: "string", x_kubernetes_validations: [{ rule: "self == oldSelf", message: "kind is immutable" }] } } },
    status: { type: "object", x_kubernetes_preserve_unknown_fields: true } } } } }] } }, o);
new k8s.apiextensions.CustomResource("widget", { apiVersion: "test.example/v1", kind: "Widget",
  metadata: { namespace: "identity", name: "widget", annotations: { "pulumi.com/waitFor": "jsonpath={.spec.size}=${size}" } },
  spec: { size: ${size}, kind: "${size > 1 ? "large" : "small"}" } }, { ...o, dependsOn: crd });`;
      k.program(program(1));
      succeeded(await k.pulumi.run("preview"));
      succeeded(await k.up());
      await unchanged();
      const before = await uid("widget widget");
      const output = await k.apply(program(2));
      expect(output).to.include("+-1 replaced");
      expect(await uid("widget widget")).not.to.equal(before);
      await k.clear();
    });
  });
});
