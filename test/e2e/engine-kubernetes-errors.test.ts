import { expect } from "chai";
import { failed, KubernetesProject, succeeded } from "./kubernetes-project.ts";
import { eventually } from "./kubectl.ts";
import { configMap, namespace } from "./objects.ts";

describe("engine: the kubernetes stand-in rejects", function () {
  this.timeout(60_000);
  let k: KubernetesProject;

  before(async function () {
    this.timeout(1_800_000); // Tools may have to be built.
    k = await KubernetesProject.create();
    await k.kubectl.create(
      namespace("errors"),
      namespace("hardened", { "pod-security.kubernetes.io/enforce": "restricted" }),
    );
  });
  after(() => k.dispose());

  const preview = async (body: string, providerArgs: object = {}) => {
    k.program(body, providerArgs);
    return k.pulumi.run("preview");
  };
  const pod = (ns: string, spec = "") => `
new k8s.core.v1.Pod("pod", { metadata: { namespace: "${ns}", name: "pod" }, spec: {
  containers: [{ name: "app", image: "app:1" }], ${spec} } } as any, o);`;
  const config = (data: string) =>
    `new k8s.core.v1.ConfigMap("config", { metadata: { namespace: "errors", name: "config" }, ${data} } as any, o);`;

  for (const ns of ["errors", "to-come"]) {
    it(`all unknown fields of an object at preview (namespace ${ns})`, async () => {
      const wrong = pod(ns, "hostNetwrok: true, dnsPolicie: 1");
      failed(await preview(wrong), 'unknown field "spec.hostNetwrok"', 'unknown field "spec.dnsPolicie"');
    });
  }

  it("an unknown field in an update, with its path", async () => {
    await k.apply(config('data: { a: "1" }'), { enableConfigMapMutable: true });
    k.program(config('data: { a: "2" }').replace("name:", "nam: 1, name:"), { enableConfigMapMutable: true });
    failed(await k.pulumi.run("preview"), 'unknown field "metadata.nam"');
    failed(await k.up(), 'unknown field "metadata.nam"');
    await k.clear();
  });

  it("invalid values, each with its field", async () => {
    const wrong = pod("errors", 'restartPolicy: "Sometimes"').replace('name: "app"', 'name: "App_1"');
    failed(await preview(wrong), "- spec.containers[0].name: Invalid", "- spec.restartPolicy: Unsupported");
  });

  it("objects that an admission policy denies, at preview", async () => {
    const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] };
    await k.kubectl.create(
      {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingAdmissionPolicy",
        metadata: { name: "no-blue" },
        spec: {
          matchConstraints: { resourceRules: [rule] },
          validations: [
            { expression: "!('blue' in object.?data.orValue({}))", message: "blue is forbidden" },
          ],
        },
      },
      {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingAdmissionPolicyBinding",
        metadata: { name: "no-blue" },
        spec: { policyName: "no-blue", validationActions: ["Deny"] },
      },
    );
    await eventually(
      () => k.kubectl.try("create --dry-run=server -f -", [configMap("x", "errors", { blue: "1" })]),
      ({ code }) => code !== 0,
    );
    failed(await preview(config('data: { blue: "1" }')), "blue is forbidden", "no-blue");
  });

  it("pods that Pod Security forbids, with all reasons, at preview", async () => {
    const output = failed(
      await preview(pod("hardened", "hostPID: true")),
      'violates PodSecurity "restricted:latest"',
    );
    for (const text of [
      "hostPID=true",
      "allowPrivilegeEscalation != false",
      "runAsNonRoot != true",
      "seccompProfile",
    ]) {
      expect(output).to.include(text);
    }
  });

  it("pods of a Deployment that Pod Security forbids, with a warning", async () => {
    const deployment = `
new k8s.apps.v1.Deployment("web", { metadata: { namespace: "hardened", name: "web" }, spec: { selector: { matchLabels: { a: "b" } },
  template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "app", image: "app:1" }] } } } }, o);`;
    const output = succeeded(await preview(deployment));
    expect(output).to.include('warning: would violate PodSecurity "restricted:latest"');
  });

  it("more than a quota grants, at preview", async () => {
    await k.kubectl.run("-n errors create quota none --hard=pods=0");
    await eventually(
      () => k.kubectl.value("-n errors quota/none", ".status.hard.pods"),
      (pods) => pods === "0",
    );
    failed(
      await preview(pod("errors")),
      "exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0",
    );
  });

  it("an object that it did not create", async () => {
    await k.kubectl.run("-n errors create configmap config");
    k.program(config('data: { a: "1" }'));
    failed(await k.up(), "ConfigMap errors/config is there already", "import", "upsertExistingObjects");
    expect(await k.kubectl.value("-n errors configmap config", ".data")).to.equal("");
    await k.apply(config('data: { a: "1" }'), { upsertExistingObjects: true });
    await k.clear();
  });

  it("users without rights: a warning at preview, an error in up", async () => {
    await k.kubectl.run("-n errors create serviceaccount poor");
    const token = (await k.kubectl.run("-n errors create token poor")).trim();
    const cluster = /server: "?([^"\s]+)/.exec(k.kubeconfig)?.[1];
    const poor = {
      kubeconfig: JSON.stringify({
        clusters: [{ name: "c", cluster: { server: cluster, "insecure-skip-tls-verify": true } }],
        users: [{ name: "poor", user: { token } }],
        contexts: [{ name: "x", context: { cluster: "c", user: "poor" } }],
        "current-context": "x",
      }),
    };
    const denial = 'User "system:serviceaccount:errors:poor" cannot';
    const output = succeeded(await preview(config('data: { a: "1" }'), poor));
    expect(output).to.include(denial);
    const error = failed(await k.up(), denial, "bind a role");
    expect(error).not.to.include(token);
    expect(await k.exported()).not.to.include(token);
  });

  it("a cluster that does not answer: the message has its address, and the state is kept", async () => {
    await k.apply(config('data: { a: "1" }'));
    const away = { kubeconfig: k.kubeconfig.replace(/(server: "?https:\/\/127\.0\.0\.1):\d+/, "$1:1") };
    k.program(config('data: { a: "1" }'), away);
    const message = "cannot reach the Kubernetes API server at https://127.0.0.1:1: connect ECONNREFUSED";
    for (const flags of [["preview"], ["up", "--yes", "--skip-preview", "--refresh"]]) {
      failed(await k.pulumi.run(...flags), message);
    }
    expect(await k.exported()).to.include("ConfigMap::config");
    await k.apply(config('data: { a: "1" }'));
    await k.clear();
  });

  it("an implicit choice of a cluster", async () => {
    failed(
      await preview(config(""), { kubeconfig: "" }),
      "no kubeconfig was given",
      "The context that would have been used",
    );
  });

  it("unknown options and types", async () => {
    failed(
      await preview(config(""), { renderYamlToDirectory: "out" }),
      "renderYamlToDirectory",
      "supports only",
    );
    const patch =
      'new k8s.core.v1.NamespacePatch("p", { metadata: { name: "default", labels: { a: "b" } } }, o);';
    failed(await preview(patch), "does not support patch resources");
    const kind =
      'new k8s.apiextensions.CustomResource("x", { apiVersion: "nowhere.example/v1", kind: "Nothing" }, o);';
    k.program(kind);
    failed(await k.up(), "the cluster does not know Nothing of nowhere.example/v1");
  });

  it("secret values, without showing one that the server quotes", async () => {
    const wrong = `new k8s.core.v1.ConfigMap("c", { metadata: { namespace: "errors", name: pulumi.secret("Top Secret") } }, o);`;
    const output = failed(await preview(wrong), 'Invalid value: "[secret]"');
    expect(output).not.to.include("Top Secret");
  });
});
