import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { IMAGES } from "../../../../../components/core/images.ts";
import { workloadLabels } from "../../../../../components/core/labels.ts";
import { describeEdge } from "../../../../../components/core/network/index.ts";
import { buildGateway, type GatewayInputs } from "../../../../../stacks/features/gateway/build.ts";
import { modelApiKeys, modelsOf } from "../../../../../stacks/features/gateway/models.ts";
import { edgesOf } from "../../../../../stacks/plan.ts";
import { find, record } from "../../../../harness.ts";
import { platformConfig, type Settings } from "../../../../program.ts";
import { CACHE_REDIS, DATABASE, REDIS, TRACING, variables } from "../../../components/litellm/fixtures.ts";
import { HOSTED, type Input, LARGE, MOCK, parse } from "./fixtures.ts";

describe("the edges of the gateway", () => {
  const edges = (settings: Settings) =>
    edgesOf(platformConfig("dev", settings))
      .map(describeEdge)
      .filter((edge) => edge.includes("llm-gateway/") && !/llm-chat|llm-tenant/.test(edge));

  it("are those of what it uses, and of its exposure", () =>
    expect(
      edges({
        "gateway.models": [LARGE, HOSTED, { ...HOSTED, name: "same" }, MOCK],
        "gateway.exposure": { kind: "nodePort", nodePort: 30_444, sourceRanges: ["192.0.2.0/24"] },
      }),
    ).to.deep.equal([
      "llm-gateway/litellm-migration -> llm-data/postgres-server:postgres",
      "llm-gateway/litellm-server -> llm-data/postgres-server:postgres",
      "llm-gateway/litellm-server -> llm-data/redis-server:redis",
      "llm-gateway/litellm-server -> llm-tracing/phoenix-server:http",
      "llm-gateway/litellm-keys -> llm-gateway/litellm-server:http",
      "llm-gateway/litellm-server -> models/vllm-server:http",
      "llm-gateway/litellm-server -> internet:443",
      "outside 192.0.2.0/24 -> llm-gateway/litellm-server:http",
    ]));

  it("end at the chart's pods where the chart delivers them", () =>
    expect(edges({ "gateway.delivery": "helm" })).to.include(
      "llm-gateway/litellm-keys -> llm-gateway/litellm-proxy:http",
    ));
});

describe("buildGateway", () => {
  const build = (gateway: Input, inputs: Partial<GatewayInputs> = {}) =>
    record(() => {
      const { connections } = buildGateway(
        parse(gateway),
        {
          namespace: "gateway",
          image: IMAGES.litellm,
          apiKeys: {},
          database: DATABASE,
          consumers: { "open-webui": { namespace: "chat" } },
          exposure: { kind: "none" },
          retain: false,
          ...inputs,
        },
        {},
      );
      return { connections };
    });

  it("gives applications their keys where they are, and configured keys to the gateway's namespace", async () => {
    const recording = await build({
      keys: { alice: { requestsPerMinute: 5 }, "open-webui": { tokensPerMinute: 7 } },
    });
    const secrets = Object.values(
      recording.outputs["connections"] as Record<string, { secret: { name: string } }>,
    );
    expect(secrets.map(({ secret }) => secret.name.replace(/-[^-]*$/, ""))).to.deep.equal([
      "litellm-key-alice-gateway",
      "litellm-key-open-webui-chat",
    ]);
    const { data } = find(recording, "kubernetes:core/v1:ConfigMap", "litellm-keys").inputs as {
      readonly data: Readonly<Record<string, string>>;
    };
    const { keys } = JSON.parse(data["registrations.json"] ?? "") as {
      readonly keys: readonly { name: string; limits: Input }[];
    };
    expect(keys.map(({ name, limits }) => [name, limits["rpm_limit"], limits["tpm_limit"]])).to.deep.equal([
      ["alice", 5, null],
      ["open-webui", null, 7],
    ]);
  });

  it("builds the chart that is configured", async () => {
    const chart = { source: "./charts/litellm-helm", timeoutSeconds: 360 };
    const release = find(
      await build({ delivery: "helm", chart }),
      "kubernetes:helm.sh/v3:Release",
      "litellm-release",
    );
    expect(release.inputs).to.deep.include({ chart: "./charts/litellm-helm", timeout: 360 });
  });

  it("hands on what it is handed", async () => {
    const recording = await build(
      { models: [LARGE], cacheTtlSeconds: 60 },
      {
        apiKeys: { openrouterApiKey: { kind: "existing", name: "provider", key: "k" } },
        redis: REDIS,
        cacheRedis: CACHE_REDIS,
        tracing: TRACING,
      },
    );
    expect(variables(recording, "server")).to.deep.include({
      API_KEY_OPENROUTER_API_KEY: { name: "provider", key: "k" },
      REDIS_PASSWORD: REDIS.secret,
      REDIS_CACHE_PASSWORD: CACHE_REDIS.secret,
      PHOENIX_API_KEY: TRACING.secret,
    });
  });

  it("passes on models with their endpoints", () =>
    expect(modelsOf(parse({ models: [HOSTED] }))[0]).to.deep.include({
      provider: "self-hosted",
      server: {
        namespace: "models",
        podLabels: workloadLabels("vllm", "server"),
        ports: { http: 8000 },
        foreign: true,
      },
    }));

  it("warns of a model without a price", async () => {
    const warnings: string[] = [];
    const { warn } = pulumi.log;
    Object.assign(pulumi.log, { warn: (text: string) => void warnings.push(text) });
    try {
      await build({ models: [HOSTED] });
    } finally {
      Object.assign(pulumi.log, { warn });
    }
    expect(warnings).to.have.length(1);
  });
});

describe("modelApiKeys", () => {
  it("are sorted, each once, without mock models", () => {
    const models = ["b", "a", "b"].map((apiKey) => ({ ...LARGE, apiKey }));
    expect(modelApiKeys(parse({ models: [...models, MOCK] }))).to.deep.equal(["a", "b"]);
  });
});
