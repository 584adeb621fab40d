import { expect } from "chai";
import { describeEdge } from "../../../components/core/network/index.ts";
import { edgesOf } from "../../../stacks/plan.ts";
import { differenceOf, type ValueDifference } from "../../difference.ts";
import { snapshotOf } from "../../golden/snapshot.ts";
import type { Recording } from "../../harness.ts";
import { platformConfig, runStack, type Settings } from "../../program.ts";
import { plainTextsIn } from "../../secrets.ts";
import {
  EVERYTHING_OFF,
  isRefused,
  PROD_MANIFESTS,
  PROVIDER_MODELS,
  TOGGLE_COMBINATIONS,
  without,
} from "../../variants.ts";

const off = (...features: readonly string[]): Settings =>
  Object.fromEntries(features.map((feature) => [`features.${feature}`, false]));

/** Tenants have keys of their own at the gateway, which keeps them in its database. */
const NO_TENANT_CALLS = { "tenants.lab.gateway": false };
const DATABASE_OFF = { "gateway.database": false, "gateway.cacheScope": "everyone", ...NO_TENANT_CALLS };
/** Each feature off, together with those that need it. */
const OFF = {
  postgres: { ...without("postgres"), ...DATABASE_OFF },
  redis: { ...off("redis"), "gateway.cacheTtlSeconds": 0 },
  nats: off("nats"),
  etcd: off("etcd"),
  tracing: off("tracing"),
  gateway: { ...without("gateway"), ...NO_TENANT_CALLS },
  chat: off("chat"),
};

describe("edgesOf", () => {
  const edges = (stack: string, settings: Settings) =>
    edgesOf(platformConfig(stack, settings)).map(describeEdge).sort();

  const ROLES = "llm-data/postgres-roles -> llm-data/postgres-server:postgres";
  const NATS = [
    "llm-data/nats-streams -> llm-data/nats-server:client",
    "outside llm-data/app.kubernetes.io/name=lab -> llm-data/nats-server:client",
  ];
  const ETCD = [
    "llm-data/etcd-users -> llm-data/etcd-server:gateway",
    "outside llm-data/app.kubernetes.io/name=lab -> llm-data/etcd-server:client",
  ];
  const PHOENIX_DATABASE = "llm-tracing/phoenix-server -> llm-data/postgres-server:postgres";
  const GATEWAY_DATABASE = [
    "llm-gateway/litellm-migration -> llm-data/postgres-server:postgres",
    "llm-gateway/litellm-server -> llm-data/postgres-server:postgres",
  ];
  const KEYS = "llm-gateway/litellm-keys -> llm-gateway/litellm-server:http";
  const GATEWAY_REDIS = "llm-gateway/litellm-server -> llm-data/redis-server:redis";
  const TRACES = "llm-gateway/litellm-server -> llm-tracing/phoenix-server:http";
  const CHAT = "llm-chat/open-webui-server -> llm-gateway/litellm-server:http";
  const TENANT = "outside llm-tenant-lab/* -> llm-gateway/litellm-server:http";
  const CHAT_DATABASE = "llm-chat/open-webui-server -> llm-data/postgres-server:postgres";
  const CHAT_REDIS = "llm-chat/open-webui-server -> llm-data/redis-server:redis";

  const ALL = [
    ROLES,
    ...NATS,
    ...ETCD,
    PHOENIX_DATABASE,
    ...GATEWAY_DATABASE,
    KEYS,
    GATEWAY_REDIS,
    TRACES,
    CHAT,
    CHAT_DATABASE,
    CHAT_REDIS,
    TENANT,
  ];
  const CLUSTERS = [
    "llm-data/nats-server -> llm-data/nats-server:cluster",
    "llm-data/etcd-server -> llm-data/etcd-server:peer",
  ];
  const INTERNET = "llm-gateway/litellm-server -> internet:443";
  /** By its official chart, the pods of the gateway have another component label. The API server calls Kyverno. */
  const byCharts = (own: readonly string[]) => [
    ...own.map((edge) => edge.replace("litellm-server", "litellm-proxy")),
    ...["admission-controller", "cleanup-controller"].map(
      (component) => `outside 192.0.2.10/32 -> kyverno/kyverno-${component}-${component}:webhook`,
    ),
  ];
  /** The users ask the Cluster, whose instances ask each other; its operator asks them, and the API server the operator. */
  const IN_PROD = [
    ...ALL.filter((edge) => edge !== ROLES).map((edge) =>
      edge.replace("postgres-server", "postgresql-database"),
    ),
    ...CLUSTERS,
    INTERNET,
    "cnpg-system/cloudnative-pg-operator -> llm-data/postgresql-database:postgres,status",
    "llm-data/postgresql-database -> llm-data/postgresql-database:postgres,status",
    "outside 192.0.2.10/32 -> cnpg-system/cloudnative-pg-operator:webhook",
  ];
  const CASES: readonly (readonly [
    what: string,
    stack: string,
    settings: Settings,
    wanted: readonly string[],
  ])[] = [
    ["everything on", "dev", {}, ALL],
    ["everything on in prod", "prod", {}, byCharts(IN_PROD)],
    ["prod with the platform's own manifests", "prod", PROD_MANIFESTS.settings, IN_PROD],
    [
      "prod with one server of PostgreSQL",
      "prod",
      { "postgres.mode": "single" },
      byCharts([...ALL, ...CLUSTERS, INTERNET]),
    ],
    [
      "prod with an existing PostgreSQL operator",
      "prod",
      { "postgres.cluster.operator.install": false },
      byCharts([
        ...IN_PROD.filter((edge) => !edge.includes("operator")),
        "outside cnpg-system/app.kubernetes.io/name=cloudnative-pg -> llm-data/postgresql-database:postgres,status",
      ]),
    ],
    ["no PostgreSQL", "dev", OFF.postgres, [...NATS, ...ETCD, GATEWAY_REDIS]],
    [
      "no Redis",
      "dev",
      OFF.redis,
      [
        ...[
          ROLES,
          ...NATS,
          ...ETCD,
          PHOENIX_DATABASE,
          ...GATEWAY_DATABASE,
          KEYS,
          TRACES,
          CHAT,
          CHAT_DATABASE,
        ],
        TENANT,
      ],
    ],
    ["no NATS", "dev", OFF.nats, ALL.filter((edge) => !NATS.includes(edge))],
    ["no etcd", "dev", OFF.etcd, ALL.filter((edge) => !ETCD.includes(edge))],
    ["no tracing", "dev", OFF.tracing, ALL.filter((edge) => edge !== TRACES && edge !== PHOENIX_DATABASE)],
    ["no gateway", "dev", OFF.gateway, [ROLES, ...NATS, ...ETCD, PHOENIX_DATABASE]],
    ["no chat", "dev", OFF.chat, ALL.filter((edge) => ![CHAT, CHAT_DATABASE, CHAT_REDIS].includes(edge))],
    [
      "no database of the gateway",
      "dev",
      DATABASE_OFF,
      ALL.filter((edge) => ![...GATEWAY_DATABASE, KEYS, TENANT].includes(edge)),
    ],
    ["nothing", "dev", EVERYTHING_OFF, []],
    [
      "providers, at two ports",
      "dev",
      { "gateway.models": PROVIDER_MODELS },
      [...ALL, "llm-gateway/litellm-server -> internet:443,8443"],
    ],
    [
      "providers without users",
      "dev",
      { "gateway.models": PROVIDER_MODELS, ...OFF.gateway },
      [ROLES, ...NATS, ...ETCD, PHOENIX_DATABASE],
    ],
    [
      "PostgreSQL outside the cluster: policies of its own let callers out",
      "dev",
      {
        "postgres.mode": "external",
        "postgres.external": {
          host: "pg.example.org",
          cidrs: ["10.0.0.5/32"],
          databases: ["litellm", "phoenix", "open_webui"].map((user) => ({
            consumer: user,
            database: user,
            role: user,
            secret: { name: "database" },
          })),
        },
      },
      ALL.filter((edge) => !edge.includes("postgres")),
    ],
    [
      "Redis outside the cluster",
      "dev",
      { "redis.external": { host: "redis.example.org", cidrs: ["10.0.0.6/32"], secretName: "redis" } },
      ALL.filter((edge) => !edge.includes("redis")),
    ],
  ];
  for (const [what, stack, settings, wanted] of CASES) {
    it(what, () => expect(edges(stack, settings)).to.deep.equal([...wanted].sort()));
  }
});

describe("toggles", () => {
  it("are refused in exactly the combinations that cannot work", () => {
    for (const variant of TOGGLE_COMBINATIONS) {
      const parse = () => platformConfig(variant.stack, variant.settings);
      if (isRefused(variant)) expect(parse, variant.name).to.throw(/nothing was changed/);
      else expect(parse, variant.name).to.not.throw();
    }
  });

  /** Texts of a program that name something. */
  const mentions = (recording: Recording, what: RegExp) =>
    recording.resources.flatMap(({ type, name, inputs }) =>
      plainTextsIn({ type, name, inputs })
        .filter(({ text }) => what.test(text))
        .map(({ path, text }) => `${name}: ${path}: ${text}`),
    );

  const changes = async (settings: Settings) => {
    const [before, after] = [snapshotOf(await runStack("dev")), snapshotOf(await runStack("dev", settings))];
    return differenceOf(before.resources, after.resources);
  };

  // What is off in one place is still a consumer in another: these, and only these, may differ.
  const CALLED = {
    postgres: [
      "llm-data/ConfigMap.postgres-roles",
      "llm-data/Job.postgres-roles-job",
      "llm-data/NetworkPolicy.network-llm-data-postgres-server",
    ],
    redis: [
      "llm-data/ConfigMap.redis-config",
      "llm-data/NetworkPolicy.network-llm-data-redis-server",
      "llm-data/StatefulSet.redis-server-statefulset",
    ],
    keys: ["llm-gateway/ConfigMap.litellm-keys", "llm-gateway/Job.litellm-keys-job"],
    phoenix: ["llm-tracing/NetworkPolicy.network-llm-tracing-phoenix-server"],
    gateway: ["llm-gateway/NetworkPolicy.network-llm-gateway-litellm-server"],
  };
  const OUTSIDE = ["llm-data/NetworkPolicy.network-llm-data-outside-lab"];
  const GATEWAY = [
    "llm-gateway/ConfigMap.litellm-config",
    "llm-gateway/Deployment.litellm-server-deployment",
  ];
  const CHAT = [
    "llm-chat/NetworkPolicy.network-llm-chat-open-webui-server",
    "llm-chat/StatefulSet.open-webui-server-statefulset",
  ];

  const CASES: readonly (readonly [
    what: string,
    settings: Settings,
    nothing: RegExp,
    changed: readonly string[],
    added?: readonly string[],
  ])[] = [
    [
      "features.postgres",
      OFF.postgres,
      /postgres|DATABASE_|phoenix|web.?ui|llm-(tracing|chat)/i,
      [...GATEWAY, ...CALLED.gateway, ...CALLED.redis],
    ],
    ["features.redis", OFF.redis, /redis|valkey/i, [...GATEWAY, ...CALLED.gateway, ...CHAT]],
    ["features.nats", OFF.nats, /nats/i, OUTSIDE],
    ["features.etcd", OFF.etcd, /etcd/i, OUTSIDE],
    [
      "features.tracing",
      OFF.tracing,
      /phoenix|llm-tracing/i,
      [...GATEWAY, ...CALLED.gateway, ...CALLED.postgres],
    ],
    [
      "features.gateway",
      OFF.gateway,
      /litellm|web.?ui|llm-(gateway|chat)/i,
      // Redis has no users left, so no policy admits a client.
      [
        ...CALLED.postgres,
        "llm-data/ConfigMap.redis-config",
        "llm-data/StatefulSet.redis-server-statefulset",
        ...CALLED.phoenix,
      ],
    ],
    [
      "features.chat",
      OFF.chat,
      /web.?ui|llm-chat/i,
      [...CALLED.gateway, ...CALLED.keys, ...CALLED.postgres, ...CALLED.redis],
    ],
    [
      "gateway.database",
      DATABASE_OFF,
      /postgres\S*litellm|litellm\S*postgres|migration|salt|litellm-keys/i,
      // The chat has the master key in place of a key of its own.
      [
        ...GATEWAY,
        ...CALLED.gateway,
        ...CALLED.postgres,
        "llm-chat/StatefulSet.open-webui-server-statefulset",
      ],
      ["llm-chat/Secret.litellm-master-key-llm-chat"],
    ],
    [
      "everything",
      EVERYTHING_OFF,
      /llm-(data|tracing|gateway|chat)|postgres|redis|nats|etcd|phoenix|litellm|web.?ui/i,
      [],
    ],
  ];
  for (const [what, settings, nothing, changed, added = []] of CASES) {
    describe(`${what} off`, () => {
      it("leaves nothing of it", async () => {
        const recording = await runStack("dev", settings);
        const left = mentions(recording, nothing)
          // A directory of LiteLLM itself, with or without a database.
          .filter((mention) => !/LITELLM_MIGRATION_DIR|\/tmp\/migrations/.test(mention))
          // The policy applies to every LiteLLM, also to those of tenants.
          .filter((mention) => !mention.startsWith("admission-gateway-version: "));
        expect(left).to.deep.equal([]);
      });
      it("changes nothing else", async () => {
        const difference = await changes(settings);
        expect(Object.keys(difference.added)).to.deep.equal(added);
        expect(Object.keys(difference.changed)).to.deep.equal([...changed].sort());
      });
    });
  }

  describe("take from the gateway", () => {
    /** What its config file and its environment lose and gain; other names of Secrets and ConfigMaps are left out. */
    const gatewayLoses = async (settings: Settings, gains: readonly string[] = []) => {
      const { changed } = await changes(settings);
      const found = GATEWAY.flatMap((name) => changed[name] ?? []);
      expect(found.flatMap(({ gained = [] }: ValueDifference) => gained)).to.deep.equal(gains);
      return found
        .flatMap(({ lost = [] }) => lost)
        .map((lost) => (typeof lost === "string" ? lost.trim() : (lost as { name: string }).name));
    };

    it("the shared counters, the cache and the password, with Redis", async () =>
      expect(await gatewayLoses(OFF.redis)).to.deep.equal([
        "coordination_redis:",
        "host: redis.llm-data.svc.cluster.local",
        "namespace: litellm",
        "password: os.environ/REDIS_PASSWORD",
        "port: 6379",
        "username: litellm",
        "fail_closed_rate_limit_enforcement: true",
        "use_redis_transaction_buffer: true",
        "cache: true",
        "cache_params:",
        "host: redis.llm-data.svc.cluster.local",
        "mode: default_off",
        "namespace: litellm_cache",
        "password: os.environ/REDIS_CACHE_PASSWORD",
        "port: 6379",
        "ttl: 600",
        "type: redis",
        "username: litellm_cache",
        "cache_kwargs:",
        "namespace: litellm",
        "username: litellm",
        "redis_host: redis.llm-data.svc.cluster.local",
        "redis_password: os.environ/REDIS_PASSWORD",
        "redis_port: 6379",
        "REDIS_CACHE_PASSWORD",
        "REDIS_PASSWORD",
      ]));

    it("the callback, the address, the project and the key, with tracing", async () =>
      expect(await gatewayLoses(OFF.tracing)).to.deep.equal([
        "- arize_phoenix",
        "PHOENIX_API_KEY",
        "OTEL_TRACES_SAMPLER",
        "PHOENIX_COLLECTOR_HTTP_ENDPOINT",
        "PHOENIX_PROJECT_NAME",
      ]));

    it("the address, the passwords and what fails closed on it, with the database", async () =>
      expect(await gatewayLoses(DATABASE_OFF, ["    - guard.everyone"])).to.deep.equal([
        "allow_requests_on_db_unavailable: false",
        "database_connection_pool_limit: 10",
        "database_url: os.environ/DATABASE_URL",
        "fail_closed_budget_enforcement: true",
        "use_redis_transaction_buffer: true",
        "- guard.key",
        "DATABASE_PASSWORD",
        "LITELLM_SALT_KEY",
        "DATABASE_URL",
      ]));

    it("nothing, with the chat", async () => expect(await gatewayLoses(OFF.chat)).to.deep.equal([]));
  });

  it("everything off leaves the provider and an empty network", async () => {
    const { resources, outputs } = await runStack("dev", EVERYTHING_OFF);
    expect(resources.map(({ name }) => name).sort()).to.deep.equal(["cluster", "network"]);
    expect(outputs).to.deep.equal({ services: [], secrets: {} });
  });
});
