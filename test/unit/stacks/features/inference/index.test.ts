import { expect } from "chai";
import { describeEdge } from "../../../../../components/core/network/index.ts";
import "../../../../../stacks/config.ts";
import { inference } from "../../../../../stacks/features/inference/index.ts";
import { inferenceProblems } from "../../../../../stacks/features/inference/rules.ts";
import type { InferenceConfig } from "../../../../../stacks/features/inference/schema.ts";
import { edgesOf } from "../../../../../stacks/plan.ts";
import { platformConfig, type Settings } from "../../../../program.ts";
import { BORDERS } from "../../../../variants.ts";

const VLLM = { namespace: "models", application: "vllm", component: "server", port: 8000 };
const PROMETHEUS = { namespace: "monitoring", podLabels: ["app=prometheus"] };
const server = (others: Partial<InferenceConfig[number]> = {}): InferenceConfig[number] => ({
  ...VLLM,
  gatewayInNamespace: [],
  ...others,
});

describe("the edges to model servers of others", () => {
  const edges = (settings: Settings) =>
    edgesOf(platformConfig("dev", settings))
      .map(describeEdge)
      .filter((edge) => edge.includes("models/"));
  const OWN_MODEL = {
    name: "own",
    provider: "self-hosted",
    model: "qwen3-8b",
    apiBase: "http://vllm.models.svc.cluster.local:8000/v1",
    server: VLLM,
  };

  it("are none without servers", () => expect(edges({ monitoring: PROMETHEUS })).to.deep.equal([]));

  it("lead there once from the gateway, even for a server that is named twice", () => {
    const wanted = ["llm-gateway/litellm-server -> models/vllm-server:http"];
    expect(edges({ inference: [server()] })).to.deep.equal(wanted);
    expect(edges({ inference: [server(), server()] })).to.deep.equal(wanted);
    expect(edges({ "gateway.models": [OWN_MODEL], inference: [server()] })).to.deep.equal(wanted);
  });

  it("admit a gateway in the server's namespace, and monitoring", () =>
    expect(
      edges({
        inference: [server({ gatewayInNamespace: ["gateway-name=inference", "tier=edge"] })],
        monitoring: PROMETHEUS,
      }),
    ).to.deep.equal([
      "llm-gateway/litellm-server -> models/vllm-server:http",
      "outside models/gateway-name=inference,tier=edge -> models/vllm-server:http",
      "outside monitoring/app=prometheus -> models/vllm-server:http",
    ]));

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

describe("inferenceProblems", () => {
  const OWN = ["llm-data", "llm-tenant-lab"];
  const problems = (servers: InferenceConfig, gateway = true) =>
    inferenceProblems({ features: { gateway }, inference: servers }, OWN).map(({ path, value, fix }) => [
      path.join("."),
      value,
      fix,
    ]);

  it("do not exist for a valid server", () => expect(problems([server()])).to.deep.equal([]));

  it("refuse servers without a gateway", () =>
    expect(problems([server()], false)).to.deep.equal([
      [
        "features.gateway",
        false,
        "pulumi config set --path 'llm-platform:features.gateway' true  (or: pulumi config rm llm-platform:inference)",
      ],
    ]));

  it("refuse a server in a namespace of the platform", () =>
    expect(problems([server(), server({ namespace: "llm-tenant-lab" })])).to.deep.equal([
      [
        "inference.1.namespace",
        "llm-tenant-lab",
        "pulumi config set --path 'llm-platform:inference[1].namespace' models",
      ],
    ]));

  it("are checked by the feature against all namespaces of the platform", () =>
    expect(() => platformConfig("dev", { inference: [server({ namespace: "llm-chat" })] })).to.throw(
      "is a namespace of the platform",
    ));

  it("let the feature read only its own section", () =>
    expect(inference.plan(platformConfig("dev"))).to.deep.equal({ edges: [], metrics: [] }));
});
