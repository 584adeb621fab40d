import { expect } from "chai";
import { workloadLabels } from "../../../../components/core/labels.ts";
import type { Edge, Endpoint } from "../../../../components/core/network/endpoint.ts";
import { renderPolicies } from "../../../../components/core/network/render-policies.ts";
import { modelServerEndpoint } from "../../../../stacks/schema/model-server.ts";

const GATEWAY: Endpoint = {
  namespace: "gw",
  podLabels: workloadLabels("litellm", "server"),
  ports: { http: 4000 },
};
const VLLM = { namespace: "models", application: "vllm", component: "server", port: 8000 };

describe("the policies of edges to others", () => {
  const foreign = modelServerEndpoint(VLLM);

  it("protect a foreign server only by ingress, and do not change its egress", () => {
    const policies = renderPolicies([{ from: GATEWAY, to: foreign }], ["gw"]);
    expect(
      policies.map(({ metadata, spec }) => [metadata.namespace, metadata.name, spec.policyTypes]),
    ).to.deep.equal([
      ["gw", "litellm-server", ["Ingress", "Egress"]],
      ["models", "vllm-server", ["Ingress"]],
    ]);
    expect(policies[1]?.spec).to.have.all.keys("podSelector", "policyTypes", "ingress");
  });

  it("reject edges from foreign pods", () =>
    expect(() => renderPolicies([{ from: foreign, to: GATEWAY }])).to.throw(
      "invalid edges:\n  models/vllm-server -> gw/litellm-server: the platform does not manage the egress of foreign pods",
    ));

  it("reject pods that are both the platform's and foreign", () => {
    const edges: Edge[] = [
      { from: GATEWAY, to: foreign },
      { from: { ...foreign, foreign: undefined } as unknown as Endpoint, to: GATEWAY },
    ];
    expect(() => renderPolicies(edges)).to.throw("models/vllm-server would select two kinds of pods");
  });

  it("reject two servers whose labels give one name, because the second would be unprotected", () => {
    const edges = [
      { application: "vllm-large", component: "server" },
      { application: "vllm", component: "large-server" },
    ].map((labels): Edge => ({ from: GATEWAY, to: modelServerEndpoint({ ...VLLM, ...labels }) }));
    expect(() => renderPolicies(edges)).to.throw("models/vllm-large-server would select two kinds of pods");
  });

  it("allow egress of every pod of a closed namespace, and ingress on the server's side", () => {
    const edge: Edge = { from: { outside: { everyPodOf: "one" } }, to: GATEWAY, ports: ["http"] };
    const [server_, tenant] = renderPolicies([edge], ["gw", "one"]);
    const everyPod = {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "one" } },
      podSelector: {},
    };
    expect(server_?.spec.ingress).to.deep.equal([
      { from: [everyPod], ports: [{ protocol: "TCP", port: 4000 }] },
    ]);
    expect(tenant?.metadata).to.include({ namespace: "one", name: "outside" });
    expect(tenant?.spec).to.deep.equal({
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "gw" } },
              podSelector: { matchLabels: GATEWAY.podLabels },
            },
          ],
          ports: [{ protocol: "TCP", port: 4000 }],
        },
      ],
    });
  });

  it("do not touch the pods of a namespace that is not closed", () => {
    const edge: Edge = { from: { outside: { everyPodOf: "one" } }, to: GATEWAY, ports: ["http"] };
    expect(renderPolicies([edge], ["gw"])).to.have.length(1);
  });

  it("refuse a namespace without a name", () =>
    expect(() =>
      renderPolicies([{ from: { outside: { everyPodOf: "" } }, to: GATEWAY, ports: ["http"] }]),
    ).to.throw("outside -> gw/litellm-server: it has no sender"));
});
