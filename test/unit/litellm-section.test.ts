import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { IMAGES } from "../../components/images.ts";
import { workloadLabels } from "../../components/labels.ts";
import { describeEdge } from "../../components/network/index.ts";
import { exposureSchema } from "../../stacks/features/exposure-schema.ts";
import { gatewayProblems, gatewayWarnings } from "../../stacks/features/gateway-problems.ts";
import { type GatewayConfig, gatewaySchema } from "../../stacks/features/gateway-schema.ts";
import { buildGateway, gatewayEdges, type GatewayInputs, modelsOf } from "../../stacks/features/gateway.ts";
import { find, record } from "../harness.ts";
import { DATABASE, REDIS, TRACING, variables } from "./litellm-fixtures.ts";

const MOCK = { name: "canned", provider: "mock", response: "Hello." };
const LARGE = { name: "large", provider: "openrouter", model: "v/large", apiKey: "openrouterApiKey" };
const HOSTED = {
  name: "hosted",
  provider: "self-hosted",
  model: "qwen",
  apiBase: "http://vllm.models.svc.cluster.local/v1",
  server: { namespace: "models", application: "vllm", component: "server", port: 8000 },
};
const PRICE = { inputPerMillionTokens: 0.3, outputPerMillionTokens: 1.2 };

type Input = Readonly<Record<string, unknown>>;
const parse = (input: Input = {}): GatewayConfig => gatewaySchema.parse({ models: [MOCK], ...input });

describe("the gateway's section", () => {
  it("has these defaults", () =>
    expect(gatewaySchema.parse(undefined)).to.deep.equal({
      delivery: "manifests",
      chart: {
        source: "oci://ghcr.io/berriai/litellm-helm",
        version: IMAGES.litellm.tag.slice(1),
        timeoutSeconds: 600,
      },
      database: true,
      failClosed: true,
      replicas: 1,
      cacheTtlSeconds: 0,
      router: { retries: 2, timeoutSeconds: 600, fallbacks: {} },
      models: [],
      teams: {},
      keys: {},
      exposure: exposureSchema.parse(undefined),
    }));

  it("takes all that there is", () =>
    expect(
      gatewaySchema.safeParse({
        delivery: "helm",
        chart: { source: "oci://mirror.example.org/litellm-helm", version: "1.108.11" },
        replicas: 2,
        autoscale: { maxReplicas: 6 },
        cacheTtlSeconds: 60,
        router: { fallbacks: { large: ["hosted"] } },
        models: [{ ...LARGE, price: PRICE }, { ...HOSTED, price: PRICE, apiKey: "modelServerKey" }, MOCK],
        teams: { research: { budget: { usd: 100 }, models: ["large"] } },
        keys: { "open-webui": { team: "research", requestsPerMinute: 60, tokensPerMinute: 1000 } },
      }).error,
    ).to.equal(undefined));

  for (const [what, input, path] of [
    ["an unknown delivery", { delivery: "kustomize" }, "delivery"],
    ["a chart version that moves", { chart: { version: "latest" } }, "chart.version"],
    ["a range of chart versions", { chart: { version: "^1.0.0" } }, "chart.version"],
    ["an unknown key", { failclosed: true }, ""],
    ["no pods", { replicas: 0 }, "replicas"],
    ["a provider that nobody knows", { models: [{ ...LARGE, provider: "acme" }] }, "models.0.provider"],
    ["a key's value for its name", { models: [{ ...LARGE, apiKey: "sk-123" }] }, "models.0.apiKey"],
    [
      "a private address as a provider's",
      { models: [{ ...LARGE, apiBase: "https://10.0.0.1" }] },
      "models.0.apiBase",
    ],
    ["a server without its pods", { models: [{ ...HOSTED, server: undefined }] }, "models.0.server"],
    [
      "a server without a port",
      { models: [{ ...HOSTED, server: { ...HOSTED.server, port: 0 } }] },
      "models.0.server.port",
    ],
    ["an address that is none", { models: [{ ...HOSTED, apiBase: "vllm:8000" }] }, "models.0.apiBase"],
    [
      "half a price",
      { models: [{ ...HOSTED, price: { inputPerMillionTokens: 1 } }] },
      "models.0.price.outputPerMillionTokens",
    ],
    [
      "a price below nothing",
      { models: [{ ...HOSTED, price: { ...PRICE, inputPerMillionTokens: -1 } }] },
      "models.0.price.inputPerMillionTokens",
    ],
    ["a budget of nothing", { keys: { a: { budget: { usd: 0 } } } }, "keys.a.budget.usd"],
    [
      "a period that is none",
      { keys: { a: { budget: { usd: 1, period: "monthly" } } } },
      "keys.a.budget.period",
    ],
    ["a list of no models", { teams: { a: { models: [] } } }, "teams.a.models"],
    ["a name with capitals", { keys: { Alice: {} } }, "keys.Alice"],
  ] as [string, Input, string][]) {
    it(`refuses ${what}`, () =>
      expect(
        gatewaySchema
          .safeParse({ models: [MOCK], ...input })
          .error?.issues.map((issue) => issue.path.join(".")),
      ).to.deep.equal([path]));
  }
});

describe("gatewayProblems", () => {
  const config = (gateway: Input, others: Input = {}) => ({
    profile: "dev" as const,
    features: { postgres: true },
    ...others,
    gateway: parse(gateway),
  });
  const problems = (gateway: Input, others: Input = {}) => {
    const parsed = config(gateway, others);
    return gatewayProblems(parsed, parsed.gateway.models);
  };
  const PROD = { profile: "prod" };
  const BUDGET = { budget: { usd: 5, period: "30d" } };

  it("finds nothing in a dev stack with a mock", () => expect(problems({})).to.deep.equal([]));
  it("finds nothing in a prod stack that has everything", () =>
    expect(
      problems(
        {
          replicas: 2,
          autoscale: { maxReplicas: 6 },
          cacheTtlSeconds: 60,
          models: [LARGE, { ...HOSTED, price: PRICE }],
          router: { fallbacks: { large: ["hosted"] } },
          teams: { research: { ...BUDGET, models: ["large"] } },
          keys: { a: { team: "research", models: ["large"] }, b: BUDGET },
        },
        { ...PROD, features: { postgres: true, redis: true } },
      ),
    ).to.deep.equal([]));

  for (const [what, gateway, others, expected] of [
    [
      "a database without PostgreSQL",
      {},
      { features: { postgres: false } },
      [
        [
          "features.postgres",
          "the gateway keeps its keys and budgets in PostgreSQL (gateway.database is on)",
          "features.postgres' true",
        ],
      ],
    ],
    [
      "no database in prod",
      { database: false, models: [LARGE] },
      PROD,
      [
        [
          "gateway.database",
          "in prod every caller has a key and a budget of its own, and those are kept in the database",
          "gateway.database' true",
        ],
      ],
    ],
    [
      "keys and teams without a database",
      { database: false, teams: { t: {} }, keys: { a: {} } },
      {},
      ["teams", "keys"].map((section) => [
        `gateway.${section}`,
        "there are no virtual keys without the database (gateway.database is off)",
        "gateway.database' true",
      ]),
    ],
    [
      "several pods without Redis",
      { replicas: 2 },
      { features: { postgres: true, redis: false } },
      [
        [
          "gateway.replicas",
          "several pods share their limits in Redis; without it each would count for itself",
          "features.redis' true",
        ],
      ],
    ],
    [
      "an autoscaler without Redis",
      { autoscale: { maxReplicas: 3 } },
      {},
      [
        [
          "gateway.autoscale",
          "several pods share their limits in Redis; without it each would count for itself",
          "features.redis' true",
        ],
      ],
    ],
    [
      "an autoscaler that has nowhere to go",
      { replicas: 3, autoscale: { maxReplicas: 3 } },
      { features: { postgres: true, redis: true } },
      [
        [
          "gateway.autoscale.maxReplicas",
          "must be above gateway.replicas, the least number of pods (3)",
          "maxReplicas' 4",
        ],
      ],
    ],
    [
      "a cache without Redis",
      { cacheTtlSeconds: 60 },
      {},
      [["gateway.cacheTtlSeconds", "answers are kept in Redis", "features.redis' true"]],
    ],
    [
      "open budgets in prod",
      { failClosed: false, models: [LARGE] },
      PROD,
      [
        [
          "gateway.failClosed",
          "in prod a request whose budget cannot be verified is refused",
          "gateway.failClosed' true",
        ],
      ],
    ],
    [
      "a key without a budget in prod",
      { models: [LARGE], teams: { t: {} }, keys: { a: { team: "t" }, b: {} } },
      PROD,
      ["a", "b"].map((name) => [
        `gateway.keys.${name}.budget.usd`,
        "in prod every key has a budget, its own or its team's",
        `gateway.keys.${name}.budget.usd' 50`,
      ]),
    ],
    [
      "a mock in prod",
      { models: [LARGE, MOCK] },
      PROD,
      [
        [
          "gateway.models.1.provider",
          "a mock model answers every caller with the same text: for dev only",
          "models[1].provider'",
        ],
      ],
    ],
    [
      "a self-hosted model without a price in prod, and one that is free",
      { models: [HOSTED, { ...HOSTED, price: { inputPerMillionTokens: 0, outputPerMillionTokens: 0 } }] },
      PROD,
      [0, 1].map((index) => [
        `gateway.models.${index}.price`,
        "a self-hosted model without a price costs nothing, so no budget ever ends",
        `models[${index}].price.outputPerMillionTokens' 1.2`,
      ]),
    ],
    [
      "names that name nothing",
      {
        router: { fallbacks: { canned: ["none"], nobody: ["canned"] } },
        teams: { t: { models: ["none"] } },
        keys: { a: { team: "nobody" }, b: { models: ["canned", "none"] } },
      },
      {},
      [
        ["gateway.teams.t.models.0", "no such model (there is: canned)", "models[0]' canned"],
        ["gateway.keys.b.models.1", "no such model (there is: canned)", "models[1]' canned"],
        ["gateway.keys.a.team", "no such team (there is: t)", "team' t"],
        ["gateway.router.fallbacks.canned.0", "no such model (there is: canned)", "canned[0]' canned"],
        ["gateway.router.fallbacks.nobody", "no such model (there is: canned)", "nobody' canned"],
      ],
    ],
    [
      "a key's model that its team must not use",
      {
        models: [LARGE, MOCK],
        teams: { t: { models: ["canned"] } },
        keys: { a: { team: "t", models: ["large"] } },
      },
      {},
      [["gateway.keys.a.models.0", 'no such model of the team "t" (there is: canned)', "models[0]' canned"]],
    ],
  ] as [string, Input, Input, [string, string, string][]][]) {
    it(`refuses ${what}`, () => {
      const found = problems(gateway, others);
      expect(found.map(({ path, reason }) => [path.join("."), reason])).to.deep.equal(
        expected.map(([path, reason]) => [path, reason]),
      );
      found.forEach(({ fix }, index) => {
        expect(fix).to.include(expected[index]?.[2]);
      });
    });
  }

  it("wants a budget in prod for the platform's own applications, too", () => {
    const keys = { chat: { requestsPerMinute: 60 }, paid: BUDGET };
    const parsed = { ...config({ models: [LARGE], keys }), profile: "prod" as const };
    expect(
      gatewayProblems(parsed, parsed.gateway.models, ["paid", "chat", "evaluation"]).map(({ path }) =>
        path.join("."),
      ),
    ).to.deep.equal(["gateway.keys.chat.budget.usd", "gateway.keys.evaluation.budget.usd"]);
    expect(gatewayProblems(config({}), [MOCK], ["chat"])).to.deep.equal([]);
  });

  it("refuses a gateway without models", () => {
    expect(gatewayProblems(config({ models: [] }), []).map(({ path }) => path)).to.deep.equal([
      ["gateway", "models"],
    ]);
  });

  it("tells of models in their places, whatever else is wrong with them", () => {
    const written = [{ provider: "acme" }, { provider: "mock" }, { provider: "self-hosted", price: "cheap" }];
    expect(
      gatewayProblems({ ...config({ models: [] }), profile: "prod" }, written).map(({ path }) =>
        path.join("."),
      ),
    ).to.deep.equal(["gateway.models.1.provider"]);
  });
});

describe("gatewayWarnings", () => {
  it("is for self-hosted models without a price alone", () =>
    expect(
      gatewayWarnings(parse({ models: [HOSTED, { ...HOSTED, price: PRICE }, LARGE, MOCK] })),
    ).to.deep.equal([
      'the self-hosted model "hosted" has no price: its use costs nothing, and no budget ends',
    ]));
});

describe("gatewayEdges", () => {
  const edges = (gateway: Input, others: Partial<Parameters<typeof gatewayEdges>[1]> = {}) =>
    gatewayEdges(parse(gateway), { namespace: "gateway", ...others }).map(describeEdge);

  it("are those of what the gateway uses, and of its exposure", () =>
    expect(
      edges(
        { models: [LARGE, HOSTED, { ...HOSTED, name: "same" }, MOCK] },
        {
          database: DATABASE.endpoint,
          redis: REDIS.endpoint,
          tracing: { ...TRACING.endpoint, ports: { ...TRACING.endpoint.ports, grpc: 4317 } },
          exposure: { kind: "nodePort", nodePort: 30_444, sources: ["192.0.2.0/24"] },
        },
      ),
    ).to.deep.equal([
      "gateway/litellm-migration -> data/postgres-server:postgres",
      "gateway/litellm-server -> data/postgres-server:postgres",
      "gateway/litellm-keys -> gateway/litellm-server:http",
      "gateway/litellm-server -> data/redis-server:redis",
      "gateway/litellm-server -> models/vllm-server:http",
      "gateway/litellm-server -> tracing/phoenix-server:http",
      "gateway/litellm-server -> internet:443",
      "outside 192.0.2.0/24 -> gateway/litellm-server:http",
    ]));

  it("end at the chart's pods where the chart delivers them", () =>
    expect(edges({ delivery: "helm" })).to.deep.equal([
      "gateway/litellm-keys -> gateway/litellm-proxy:http",
    ]));

  it("are none for a mock without a database", () => expect(edges({ database: false })).to.deep.equal([]));

  it("name the pods' port, and never the Service's", () =>
    expect(gatewayEdges(parse({ models: [HOSTED] }), { namespace: "g" }).at(-1)?.to).to.deep.equal({
      namespace: "models",
      podLabels: { "app.kubernetes.io/name": "vllm", "app.kubernetes.io/component": "server" },
      ports: { http: 8000 },
    }));
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
    const chart = { source: "./charts/litellm-helm", timeoutSeconds: 60 };
    const release = find(
      await build({ delivery: "helm", chart }),
      "kubernetes:helm.sh/v3:Release",
      "litellm-release",
    );
    expect(release.inputs).to.deep.include({ chart: "./charts/litellm-helm", timeout: 60 });
  });

  it("hands on what it is handed", async () => {
    const recording = await build(
      { models: [LARGE] },
      {
        apiKeys: { openrouterApiKey: { kind: "existing", name: "provider", key: "k" } },
        redis: REDIS,
        tracing: TRACING,
      },
    );
    expect(variables(recording, "server")).to.deep.include({
      API_KEY_OPENROUTER_API_KEY: { name: "provider", key: "k" },
      REDIS_PASSWORD: REDIS.secret,
      PHOENIX_API_KEY: TRACING.secret,
    });
  });

  it("passes on models with their endpoints", () =>
    expect(modelsOf(parse({ models: [HOSTED] }))[0]).to.deep.include({
      provider: "self-hosted",
      server: { namespace: "models", podLabels: workloadLabels("vllm", "server"), ports: { http: 8000 } },
    }));

  it("warns of a model without a price", async () => {
    const told: string[] = [];
    const { warn } = pulumi.log;
    Object.assign(pulumi.log, { warn: (text: string) => void told.push(text) });
    try {
      await build({ models: [HOSTED] });
    } finally {
      Object.assign(pulumi.log, { warn });
    }
    expect(told).to.have.length(1);
  });
});
