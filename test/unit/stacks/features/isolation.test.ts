import { expect } from "chai";
import { workloadLabels } from "../../../../components/core/labels.ts";
import { type Edge, type Endpoint } from "../../../../components/core/network/endpoint.ts";
import { describeEdge } from "../../../../components/core/network/index.ts";
import { renderPolicies } from "../../../../components/core/network/render-policies.ts";
import { isolationEdges, type IsolationNeighbours } from "../../../../stacks/features/isolation.ts";
import type { InferenceConfig, MonitoringConfig } from "../../../../stacks/features/isolation-schema.ts";
import {
  isolationProblems,
  type IsolationSurroundings,
} from "../../../../stacks/features/isolation-problems.ts";
import { modelServerEndpoint } from "../../../../stacks/features/gateway.ts";
import { edgesOf } from "../../../../stacks/topology.ts";
import { platformConfig } from "../../../program.ts";
import { BORDERS } from "../../../variants.ts";

const GATEWAY: Endpoint = {
  namespace: "gw",
  podLabels: workloadLabels("litellm", "server"),
  ports: { http: 4000 },
};
const METRICS: Endpoint = {
  namespace: "data",
  podLabels: workloadLabels("etcd", "server"),
  ports: { metrics: 8080 },
};
const VLLM = { namespace: "models", application: "vllm", component: "server", port: 8000 };
const NOBODY = { podLabels: [] };
const PROMETHEUS = { namespace: "monitoring", podLabels: ["app=prometheus"] };
const server = (others: Partial<InferenceConfig[number]> = {}): InferenceConfig[number] => ({
  ...VLLM,
  gatewayInNamespace: [],
  ...others,
});

describe("isolationEdges", () => {
  const describeEdges = (
    config: { inference?: InferenceConfig; monitoring?: MonitoringConfig },
    neighbours: Partial<IsolationNeighbours> = {},
  ) =>
    isolationEdges(
      { inference: [], monitoring: NOBODY, ...config },
      { gateway: GATEWAY, modelServers: [], tenants: [], metrics: [], ...neighbours },
    ).map(describeEdge);

  it("are none where nothing stands beside the platform", () =>
    expect(describeEdges({}, { metrics: [METRICS] })).to.deep.equal([]));

  it("lead tenants to the gateway alone", () =>
    expect(describeEdges({}, { tenants: ["one", "two"], metrics: [METRICS] })).to.deep.equal([
      "outside one/* -> gw/litellm-server:http",
      "outside two/* -> gw/litellm-server:http",
    ]));

  it("lead the gateway to a model server", () =>
    expect(describeEdges({ inference: [server()] })).to.deep.equal([
      "gw/litellm-server -> models/vllm-server:http",
    ]));

  it("lead there once, whoever names it", () => {
    const known = modelServerEndpoint(VLLM);
    // The way to its own models is the gateway's edge.
    expect(describeEdges({ inference: [server()] }, { modelServers: [known] })).to.deep.equal([]);
    expect(describeEdges({ inference: [server(), server()] })).to.have.length(1);
    expect(
      describeEdges({ inference: [server()], monitoring: PROMETHEUS }, { modelServers: [known] }),
    ).to.deep.equal(["outside monitoring/app=prometheus -> models/vllm-server:http"]);
  });

  it("let a gateway in that stands in the server's namespace", () => {
    const inference = [server({ gatewayInNamespace: ["gateway-name=inference", "tier=edge"] })];
    expect(describeEdges({ inference })).to.deep.equal([
      "gw/litellm-server -> models/vllm-server:http",
      "outside models/gateway-name=inference,tier=edge -> models/vllm-server:http",
    ]);
    // The server may be one of the gateway's own models.
    expect(describeEdges({ inference }, { modelServers: [modelServerEndpoint(VLLM)] })).to.have.length(1);
  });

  it("let monitoring in wherever there are metrics", () =>
    expect(
      describeEdges(
        { inference: [server()], monitoring: PROMETHEUS },
        { metrics: [METRICS], tenants: ["one"] },
      ),
    ).to.deep.equal([
      "outside one/* -> gw/litellm-server:http",
      "gw/litellm-server -> models/vllm-server:http",
      "outside monitoring/app=prometheus -> data/etcd-server:metrics",
      "outside monitoring/app=prometheus -> models/vllm-server:http",
    ]));

  it("lead nobody to a gateway that is off", () =>
    expect(describeEdges({}, { gateway: undefined, tenants: ["one"] })).to.deep.equal([]));

  it("of a whole stack are those of its metrics, tenants and servers", () => {
    const { stack, settings } = BORDERS;
    const edges = edgesOf(platformConfig(stack, settings)).map(describeEdge);
    const outside = "outside monitoring/app.kubernetes.io/name=prometheus ->";
    expect(edges.filter((edge) => /monitoring|tenant|models|serving/.test(edge)).sort()).to.deep.equal(
      [
        "llm-gateway/litellm-server -> models/vllm-server:http",
        "llm-gateway/litellm-server -> models/vllm-canary:http",
        "llm-gateway/litellm-server -> serving/embeddings-server:http",
        "outside llm-tenant-research/* -> llm-gateway/litellm-server:http",
        "outside llm-tenant-support/* -> llm-gateway/litellm-server:http",
        "outside serving/gateway.networking.k8s.io/gateway-name=inference-gateway -> serving/embeddings-server:http",
        `${outside} llm-data/etcd-server:metrics`,
        `${outside} llm-data/nats-server:monitor`,
        `${outside} llm-tracing/phoenix-server:metrics`,
        `${outside} models/vllm-server:http`,
        `${outside} models/vllm-canary:http`,
        `${outside} serving/embeddings-server:http`,
      ].sort(),
    );
  });
});

describe("the policies of edges to others", () => {
  const foreign = modelServerEndpoint(VLLM);

  it("guard another's server by ingress alone: its own ways out stay as they are", () => {
    const policies = renderPolicies([{ from: GATEWAY, to: foreign }], ["gw"]);
    expect(
      policies.map(({ metadata, spec }) => [metadata.namespace, metadata.name, spec.policyTypes]),
    ).to.deep.equal([
      ["gw", "litellm-server", ["Ingress", "Egress"]],
      ["models", "vllm-server", ["Ingress"]],
    ]);
    expect(policies[1]?.spec).to.have.all.keys("podSelector", "policyTypes", "ingress");
  });

  it("refuse to say whom another's pods reach", () =>
    expect(() => renderPolicies([{ from: foreign, to: GATEWAY }])).to.throw(
      "invalid edges:\n  models/vllm-server -> gw/litellm-server: the platform does not manage the egress of foreign pods",
    ));

  it("refuse pods that are the platform's and another's", () => {
    const edges: Edge[] = [
      { from: GATEWAY, to: foreign },
      { from: { ...foreign, foreign: undefined } as unknown as Endpoint, to: GATEWAY },
    ];
    expect(() => renderPolicies(edges)).to.throw("models/vllm-server would select two kinds of pods");
  });

  it("refuse two servers whose labels make one name: the second would go unguarded", () => {
    const edges = [
      { application: "vllm-large", component: "server" },
      { application: "vllm", component: "large-server" },
    ].map((labels): Edge => ({ from: GATEWAY, to: modelServerEndpoint({ ...VLLM, ...labels }) }));
    expect(() => renderPolicies(edges)).to.throw("models/vllm-large-server would select two kinds of pods");
  });

  it("let every pod of a closed namespace out, and in on the server's side", () => {
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

describe("isolationProblems", () => {
  const config = (others: Partial<IsolationSurroundings> = {}): IsolationSurroundings => ({
    profile: "dev",
    features: { gateway: true },
    inference: [],
    monitoring: NOBODY,
    network: { enforcer: "unknown", probe: false },
    ...others,
  });
  const OWN = ["llm-data", "llm-tenant-lab"];

  it("are none where all is said", () => {
    const inference = [server()];
    expect(isolationProblems(config({ inference, monitoring: PROMETHEUS }), OWN)).to.deep.equal([]);
  });

  const CASES: Readonly<
    Record<string, readonly [Partial<IsolationSurroundings>, string, value: unknown, RegExp, fix: string]>
  > = {
    "servers without a gateway": [
      { features: { gateway: false }, inference: [server()] },
      "features.gateway",
      false,
      /only the gateway may ask/,
      "pulumi config set --path 'llm-platform:features.gateway' true  (or: pulumi config rm llm-platform:inference)",
    ],
    "a server in a namespace of the platform": [
      { inference: [server(), server({ namespace: "llm-tenant-lab" })] },
      "inference.1.namespace",
      "llm-tenant-lab",
      /is a namespace of the platform/,
      "pulumi config set --path 'llm-platform:inference[1].namespace' models",
    ],
    "monitoring without a namespace": [
      { monitoring: { podLabels: ["app=prometheus"] } },
      "monitoring.namespace",
      undefined,
      /is required/,
      "pulumi config set --path 'llm-platform:monitoring.namespace' monitoring",
    ],
    "monitoring by its namespace alone": [
      { monitoring: { namespace: "monitoring", podLabels: [] } },
      "monitoring.podLabels",
      undefined,
      /whoever else runs in the namespace/,
      "pulumi config set --path 'llm-platform:monitoring.podLabels[0]' 'app.kubernetes.io/name=prometheus'",
    ],
    "monitoring in a namespace of the platform": [
      { monitoring: { ...PROMETHEUS, namespace: "llm-data" } },
      "monitoring.namespace",
      "llm-data",
      /is a namespace of the platform/,
      "pulumi config set --path 'llm-platform:monitoring.namespace' monitoring",
    ],
    "a probe where no pod runs": [
      { network: { enforcer: "simulated", probe: true } },
      "network.probe",
      true,
      /connect to nothing/,
      "pulumi config set --path 'llm-platform:network.probe' false",
    ],
    "prod where nobody has looked": [
      { profile: "prod" },
      "network.enforcer",
      "unknown",
      /even if nobody does/,
      "pulumi config set --path 'llm-platform:network.probe' true  (or, who has seen it: pulumi config set --path 'llm-platform:network.enforcer' confirmed; kubectl get daemonsets,configmaps -A -o json | node stacks/detect-enforcer.ts tells)",
    ],
  };
  for (const [what, [others, path, value, reason, fix]] of Object.entries(CASES)) {
    it(`tell ${what}`, () => {
      const [problem, ...rest] = isolationProblems(config(others), OWN);
      expect(rest).to.deep.equal([]);
      expect(problem?.path.join(".")).to.equal(path);
      expect(problem?.value).to.equal(value);
      expect(problem?.reason).to.match(reason);
      expect(problem?.fix).to.equal(fix);
    });
  }

  for (const network of [
    { enforcer: "unknown", probe: true },
    { enforcer: "confirmed", probe: false },
    { enforcer: "cilium", probe: false },
    { enforcer: "simulated", probe: false },
  ] as const) {
    it(`let prod be with ${JSON.stringify(network)}`, () =>
      expect(isolationProblems(config({ profile: "prod", network }), OWN)).to.deep.equal([]));
  }
});
