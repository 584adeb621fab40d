import { expect } from "chai";
import { type KueueObject, upstreamConfiguration } from "../../../../sandbox/cluster/kueue/objects.ts";
import { renderConfiguration, renderObjects } from "../../../../sandbox/cluster/kueue/render.ts";

const PORTS = { webhooks: 4711, health: 4712 };
const MANAGED = { matchLabels: { "llm-platform/kueue-managed": "true" } };
const service = { name: "kueue-webhook-service", namespace: "kueue-system", path: "/convert" };
const object = (kind: string, name: string, fields: object = {}, namespace = "kueue-system") =>
  ({ kind, metadata: { name, namespace }, ...fields }) as KueueObject;

describe("Kueue's installation beside the API server", () => {
  const rendered = (...upstream: KueueObject[]) => renderObjects(upstream, PORTS).slice(0, -1);

  it("has webhooks at the manager's port, for the namespaces of the policy only", () => {
    const webhooks = [
      { name: "a", clientConfig: { service }, namespaceSelector: { matchExpressions: [] } },
      { name: "of its own kinds", clientConfig: { service } },
    ];
    const [found] = rendered(object("ValidatingWebhookConfiguration", "v", { webhooks }));
    expect(found).to.deep.include({
      webhooks: [
        { name: "a", clientConfig: { service: { ...service, port: 4711 } }, namespaceSelector: MANAGED },
        { name: "of its own kinds", clientConfig: { service: { ...service, port: 4711 } } },
      ],
    });
  });

  it("has conversions at the manager's port", () => {
    const conversion = (clientConfig: object) => ({
      spec: { group: "g", conversion: { strategy: "Webhook", webhook: { clientConfig } } },
    });
    const [found] = rendered(object("CustomResourceDefinition", "d", conversion({ service })));
    expect(found).to.deep.include(conversion({ service: { ...service, port: 4711 } }));
  });

  it("has a Service whose name the API server resolves to this machine", () => {
    const [found] = rendered(object("Service", "kueue-webhook-service", { spec: { selector: { a: "b" } } }));
    expect(found).to.deep.include({ spec: { type: "ExternalName", externalName: "localhost" } });
  });

  it("has no pod, no API behind a Service, and nothing in kube-system", () =>
    expect(
      rendered(
        object("Deployment", "a"),
        object("ConfigMap", "b"),
        object("APIService", "c"),
        object("Service", "metrics"),
        object("RoleBinding", "d", {}, "kube-system"),
        object("RoleBinding", "e"),
      ),
    ).to.deep.equal([object("RoleBinding", "e")]));
});

describe("the configuration of Kueue's manager", () => {
  it("is upstream's, on this machine only and for the namespaces of the policy", () =>
    expect(
      renderConfiguration({ kind: "Configuration", webhook: { port: 9443 } }, PORTS, "/certificates"),
    ).to.deep.equal({
      kind: "Configuration",
      health: { healthProbeBindAddress: "127.0.0.1:4712" },
      metrics: { bindAddress: "0" },
      webhook: { host: "127.0.0.1", port: 4711, certDir: "/certificates" },
      leaderElection: { leaderElect: false },
      internalCertManagement: { enable: true },
      managedJobsNamespaceSelector: MANAGED,
    }));

  it("is not made up when upstream's is not there", () =>
    expect(() => upstreamConfiguration([object("ConfigMap", "other")])).to.throw("no configuration"));
});
