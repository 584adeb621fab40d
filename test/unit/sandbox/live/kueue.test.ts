import { expect } from "chai";
import type { KueueObject } from "../../../../sandbox/cluster/kueue/objects.ts";
import { renderOnNode } from "../../../../sandbox/live/kueue/render.ts";

const MANAGED = { matchLabels: { "llm-platform/kueue-managed": "true" } };
const IMAGE = "registry.example.org/kueue:v1.2.3@sha256:0a";
const object = (kind: string, name: string, fields: object = {}) =>
  ({ kind, metadata: { name, namespace: "kueue-system" }, ...fields }) as KueueObject;
const CONFIGURATION = object("ConfigMap", "kueue-manager-config", {
  data: {
    "controller_manager_config.yaml": "webhook:\n  port: 9443\nleaderElection:\n  leaderElect: true\n",
  },
});
const rendered = (...upstream: KueueObject[]) => renderOnNode([CONFIGURATION, ...upstream], IMAGE);

describe("Kueue's installation on the live node", () => {
  it("has webhooks for the namespaces of the policy only, at upstream's Service", () => {
    const clientConfig = { service: { name: "kueue-webhook-service", namespace: "kueue-system" } };
    const webhooks = [
      { name: "a", clientConfig, namespaceSelector: { matchExpressions: [] } },
      { name: "of its own kinds", clientConfig },
    ];
    const service = object("Service", "kueue-webhook-service", { spec: { selector: { a: "b" } } });
    const hooks = object("MutatingWebhookConfiguration", "m", { webhooks });
    expect(
      rendered(service, hooks, object("APIService", "v"), object("Service", "metrics")).slice(1),
    ).to.deep.equal([
      service,
      { ...hooks, webhooks: [{ name: "a", clientConfig, namespaceSelector: MANAGED }, webhooks[1]] },
    ]);
  });

  it("has the manager's pod with the image of the node's registry, and without the API that is left out", () => {
    const container = {
      name: "manager",
      image: "controller:latest",
      imagePullPolicy: "Always",
      args: ["--a"],
    };
    const spec = { serviceAccountName: "m", volumes: [] };
    const deployment = object("Deployment", "kueue-controller-manager", {
      spec: { replicas: 1, template: { metadata: {}, spec: { ...spec, containers: [container] } } },
    });
    expect(rendered(deployment)[1]).to.deep.include({
      spec: {
        replicas: 1,
        template: {
          metadata: {},
          spec: {
            ...spec,
            containers: [
              {
                name: "manager",
                image: IMAGE,
                imagePullPolicy: "IfNotPresent",
                args: ["--a", "--feature-gates=VisibilityOnDemand=false"],
                resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
              },
            ],
          },
        },
      },
    });
  });

  it("has upstream's configuration, for the namespaces of the policy", () => {
    const [configMap] = rendered() as [{ data: Record<string, string> }];
    expect(configMap.data["controller_manager_config.yaml"]).to.equal(
      [
        "webhook:",
        "  port: 9443",
        "leaderElection:",
        "  leaderElect: false",
        "metrics:",
        '  bindAddress: "0"',
        "internalCertManagement:",
        "  enable: true",
        "managedJobsNamespaceSelector:",
        "  matchLabels:",
        '    llm-platform/kueue-managed: "true"',
        "",
      ].join("\n"),
    );
  });
});
