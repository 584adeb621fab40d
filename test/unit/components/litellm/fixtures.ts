import * as pulumi from "@pulumi/pulumi";
import type {
  DatabaseConnection,
  RedisConnection,
  TracingConnection,
} from "../../../../components/core/connection.ts";
import { IMAGES } from "../../../../components/core/images.ts";
import { workloadLabels } from "../../../../components/core/labels.ts";
import type { LiteLlmArgs } from "../../../../components/litellm/args.ts";
import { LiteLlm } from "../../../../components/litellm/index.ts";
import type { Model, ProviderModel, SelfHostedModel } from "../../../../components/litellm/models.ts";
import { inventory, record, type Recording, type RecordOptions } from "../../../harness.ts";
import { type Container, environment, type PodOwner, podOwners } from "../../../kubernetes.ts";

export const MOCK: Model = { name: "canned", provider: "mock", response: "Hello." };
export const LARGE: ProviderModel = {
  name: "large",
  provider: "openrouter",
  model: "vendor/large",
  apiKey: "openrouterApiKey",
};
export const OWN: ProviderModel = {
  name: "own",
  provider: "openai",
  model: "own-7b",
  apiKey: "ownKey",
  apiBase: "https://models.example.org:8443/v1",
};
export const HOSTED: SelfHostedModel = {
  name: "hosted",
  provider: "self-hosted",
  model: "qwen",
  apiBase: "http://vllm.models.svc.cluster.local/v1",
  server: { namespace: "models", podLabels: workloadLabels("vllm", "server"), ports: { http: 8000 } },
  price: { inputPerMillionTokens: 0.3, outputPerMillionTokens: 3 },
};
export const DATABASE: DatabaseConnection = {
  host: "postgres.data.svc.cluster.local",
  port: 5432,
  url: "postgresql://litellm@postgres.data.svc.cluster.local:5432/litellm",
  database: "litellm",
  role: "litellm",
  secret: { name: "database-secret", key: "password" },
  endpoint: {
    namespace: "data",
    podLabels: workloadLabels("postgres", "server"),
    ports: { postgres: 5432 },
  },
};
export const REDIS: RedisConnection = {
  host: "redis.data.svc.cluster.local",
  port: 6379,
  url: "redis://litellm@redis.data.svc.cluster.local:6379",
  username: "litellm",
  prefix: "litellm",
  tls: false,
  secret: { name: "redis-secret", key: "password" },
  endpoint: { namespace: "data", podLabels: workloadLabels("redis", "server"), ports: { redis: 6379 } },
};
export const CACHE_REDIS: RedisConnection = {
  ...REDIS,
  url: "redis://litellm_cache@redis.data.svc.cluster.local:6379",
  username: "litellm_cache",
  prefix: "litellm_cache",
  secret: { name: "cache-secret", key: "password" },
};
export const TRACING: TracingConnection = {
  url: "http://phoenix.tracing.svc.cluster.local:6006/v1/traces",
  projectName: "gateway",
  secret: { name: "phoenix-secret", key: "key" },
  endpoint: { namespace: "tracing", podLabels: workloadLabels("phoenix", "server"), ports: { http: 6006 } },
};
const ALONE: LiteLlmArgs = {
  namespace: "gateway",
  image: IMAGES.litellm,
  models: [MOCK],
  apiKeys: {},
};
export const ARGS: LiteLlmArgs = { ...ALONE, database: DATABASE };

/** All that a gateway can have. Pulumi's secrets only exist in a running program, so it is made in one. */
export const everything = (): LiteLlmArgs => ({
  ...ARGS,
  models: [LARGE, HOSTED, MOCK],
  apiKeys: { openrouterApiKey: fromConfig("sk-openrouter") },
  redis: REDIS,
  cache: { redis: CACHE_REDIS, ttlSeconds: 600, scope: "team" },
  tracing: TRACING,
  replicas: 2,
  autoscale: { maxReplicas: 6, cpuPercent: 60 },
  teams: { research: { budget: { usd: 100, period: "30d" } } },
  consumers: {
    "open-webui": { namespace: "chat", team: "research", models: ["large"], requestsPerMinute: 60 },
    alice: { namespace: "gateway", budget: { usd: 0.5, period: "1d" } },
  },
});

export const fromConfig = (value: string) => ({ kind: "config" as const, value: pulumi.secret(value) });

export const recordLiteLlm = (args: Partial<LiteLlmArgs> = {}, options: RecordOptions = {}) =>
  record(() => outputsOf(new LiteLlm("litellm", { ...ARGS, ...args })), options);

export const recordWithoutDatabase = (args: Partial<LiteLlmArgs> = {}) =>
  record(() => outputsOf(new LiteLlm("litellm", { ...ALONE, ...args })));

const outputsOf = ({ admin, connections }: LiteLlm) => ({ admin, connections });

/** The controller of a role's pods. */
export function pods(recording: Recording, role: "server" | "migration" | "keys"): PodOwner {
  const found = podOwners(recording).filter(({ labels }) => labels["app.kubernetes.io/component"] === role);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} controllers of ${role}`);
  return found[0];
}

export function container(recording: Recording, role: "server" | "migration" | "keys"): Container {
  const [first] = pods(recording, role).pod.containers;
  if (first === undefined) throw new Error("no container");
  return first;
}

export const variables = (recording: Recording, role: "server" | "migration" | "keys") =>
  environment(container(recording, role));

export const SECRET = "kubernetes:core/v1:Secret";

/** The resources without the children of a Credential, which have their own test. */
export const made = (of: Recording) => inventory(of).filter((line) => !/RandomPassword|Stash/.test(line));
