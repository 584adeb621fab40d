// Problems that are reported in addition to an invalid value: only certain ones.
import { expect } from "chai";
import { ConfigError } from "../../../stacks/config-problem.ts";
import { parseConfig } from "../../../stacks/parse-config.ts";
import { CONTEXT, type Settings, stackConfig } from "../../program.ts";
import { PROVIDER_MODELS } from "../../variants.ts";

/** The keys with problems of the stack dev with other settings, sorted; `secrets` are config keys that hold a secret. */
function keysOf(settings: Settings, secrets: readonly string[] = []): string[] {
  const { config = {}, secretKeys = [] } = stackConfig("dev", settings);
  const own = Object.entries(config)
    .filter(([key]) => key.startsWith("llm-platform:"))
    .map(([key, value]) => [key.slice("llm-platform:".length), value] as const);
  try {
    parseConfig({
      values: Object.fromEntries([...own, ...secrets.map((key) => [key, "x"] as const)]),
      secretKeys: new Set([...secretKeys.map((key) => key.slice("llm-platform:".length)), ...secrets]),
      contexts: { source: "the test kubeconfig", names: [CONTEXT] },
    });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path }) => path.join(".")).sort();
  }
}

const EXTERNAL_REDIS = {
  host: "redis.example.org",
  cidrs: ["10.0.0.5/32"],
  secretName: "redis",
};
const NATS_USER = {
  name: "orders",
  namespace: "default",
  publish: ["orders.>"],
  passwords: [{ number: 1, source: "config", key: "natsOrders", bcryptHashKey: "natsOrdersHash" }],
};

describe("a wrong value", () => {
  const ALONE: readonly (readonly [what: string, settings: Settings, secrets?: readonly string[]])[] = [
    ["features.redis", { "features.redis": "yes", "gateway.replicas": 2 }],
    [
      "features.redis",
      { "features.redis": "yes", "redis.persistence": true, "redis.maxMemoryMi": 4096, "redis.storageGi": 1 },
    ],
    ["features.storage", { "features.storage": "yes", "redis.persistence": true }],
    ["features.storage", { "features.storage": "yes", "postgres.storageClass": "llm-nfs" }],
    ["features.nats", { "features.nats": "yes", "nats.users": [] }],
    ["features.onepassword", { "features.onepassword": "on" }],
    ["features.gateway", { "features.gateway": "no", "gateway.models": [] }],
    ["features.postgres", { "features.postgres": "no" }],
    ["features", { features: "on", "gateway.replicas": 2, "gateway.models": [], "nats.users": [] }],
    ["profile", { profile: "staging", "gateway.failClosed": false }],
    ["profile", { profile: "staging", "redis.storageClass": "fast" }],
    ["gateway.replicas", { "gateway.replicas": "two", "gateway.autoscale": { maxReplicas: 2 } }],
    ["gateway.database", { "gateway.database": "no", "gateway.teams": { research: {} } }],
    ["gateway.autoscale.maxReplicas", { "gateway.autoscale": { maxReplicas: "six" }, "gateway.replicas": 3 }],
    ["gateway.exposure.kind", { "gateway.exposure": { kind: "Ingress", host: "llm.example.org" } }],
    [
      "chat.exposure.kind",
      { "chat.exposure": { kind: "port", nodePort: 30444 }, "chat.publicUrl": "http://a.b" },
    ],
    [
      "gateway.keys.someone.team",
      {
        profile: "prod",
        "gateway.models": [PROVIDER_MODELS[0]],
        "gateway.keys": { someone: { team: "No Team" }, "open-webui": { budget: { usd: 5 } } },
        "tenants.lab.gateway": false,
      },
    ],
    [
      "gateway.teams.research.budget.usd",
      {
        "gateway.teams": { research: { budget: { usd: "5 dollars" } } },
        "gateway.keys": { someone: { team: "research" } },
      },
    ],
    ["redis.external.host", { "redis.external": { ...EXTERNAL_REDIS, host: "no host" } }],
    ["redis.external.cidrs", { "redis.external": { ...EXTERNAL_REDIS, cidrs: "10.0.0.5/32" } }],
    ["redis.external.cidrs.0", { "redis.external": { ...EXTERNAL_REDIS, cidrs: ["10.0.0.5"] } }],
    ["etcd.quotaGi", { "etcd.quotaGi": "one", "etcd.storageGi": 3 }],
    ["redis.maxMemoryMi", { profile: "dev", "redis.persistence": true, "redis.maxMemoryMi": "1Gi" }],
    [
      "nats.users.0.name",
      { "nats.users": [{ ...NATS_USER, name: "no name" }] },
      ["natsOrders", "natsOrdersHash"],
    ],
    [
      "nats.users.0.publish.0",
      { "nats.users": [{ ...NATS_USER, publish: ["no subject"] }] },
      ["natsOrders", "natsOrdersHash"],
    ],
    ["nats.users.0.passwords.0.number", { "nats.users": [{ ...NATS_USER, passwords: [{ number: 0 }] }] }],
    [
      "secrets.litellmMasterKey.source",
      { "secrets.litellmMasterKey": { source: "konfig", key: "masterKey" } },
      ["masterKey"],
    ],
    ["onepassword.mode", { "onepassword.mode": "server", "onepassword.credentials": "opCredentials" }],
    ["postgres.mode", { "postgres.mode": "cnpg", "postgres.external": { port: 5433 } }],
    ["gateway.teams.No Team", { "gateway.teams": { "No Team": {} } }],
    ["gateway.router.fallbacks.mock", { "gateway.router.fallbacks": { mock: "mock" } }],
  ];
  for (const [key, settings, secrets] of ALONE) {
    it(`only ${key} is reported: ${JSON.stringify(settings)}`, () =>
      expect(keysOf(settings, secrets)).to.deep.equal([key]));
  }

  it("does not hide a problem that every possible meaning has", () => {
    expect(
      keysOf({
        "features.redis": "yes",
        "redis.external": { ...EXTERNAL_REDIS, host: "no host" },
        "etcd.quotaGi": 4,
        "etcd.storageGi": 2,
        "nats.users": [],
        "gateway.keys": { someone: { team: "unknown", models: [] } },
        "gateway.router.fallbacks": { mock: ["gone"] },
      }),
    ).to.deep.equal([
      "etcd.storageGi",
      "features.redis",
      "gateway.keys.someone.models",
      "gateway.router.fallbacks.mock.0",
      "nats.users",
      "redis.external.host",
    ]);
  });

  it("names no secret as unknown that a wrong section may mean", () =>
    expect(keysOf({ onepassword: { token: "opToken", mode: "server" } }, ["opToken", "stray"])).to.deep.equal(
      ["onepassword.mode", "stray"],
    ));
});
