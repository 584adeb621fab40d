import { type ScalarTag, stringify } from "yaml";
import type { RedisConnection } from "../core/connection.ts";
import { apiKeyVariable, type Model, type Price, PROVIDERS } from "./models.ts";

/** What LiteLLM's configuration file depends on. */
export interface LiteLlmConfig {
  readonly models: readonly Model[];
  /** Whether keys, budgets and spend are kept in a database. */
  readonly database: boolean;
  /**
   * Refuses a request whose budget or limit cannot be verified (SR3, S4.11).
   * @default true
   */
  readonly failClosed?: boolean | undefined;
  /**
   * Where the pods share limits, spend and answers.
   * @default none
   */
  readonly redis?: Pick<RedisConnection, "host" | "port" | "username" | "prefix" | "tls"> | undefined;
  /**
   * How long the same request gets the same answer from Redis; 0 asks the model each time.
   * @default 0
   */
  readonly cacheTtlSeconds?: number | undefined;
  /**
   * Whether traces go to Phoenix.
   * @default false
   */
  readonly tracing?: boolean;
  /** @default 2 retries, 600 s, no fallbacks */
  readonly router?: RouterSettings | undefined;
}

/** How requests are spread over the deployments of a model, and what happens when one fails. */
export interface RouterSettings {
  /** How often a failed request is tried again. */
  readonly retries: number;
  /** When a request is given up. */
  readonly timeoutSeconds: number;
  /** Other models to ask when all of a model's deployments have failed, in order. */
  readonly fallbacks?: Readonly<Record<string, readonly string[]>> | undefined;
}

const DEFAULT_ROUTER: RouterSettings = { retries: 2, timeoutSeconds: 600 };

/** The password's variable: LiteLLM's own name for it. */
export const REDIS_PASSWORD = "REDIS_PASSWORD";

/**
 * LiteLLM's `config.yaml`. Secrets are named (`os.environ/NAME`), never written. Keys of a map are sorted; models
 * keep their order, which is the order callers see.
 * Source of the keys: https://docs.litellm.ai/docs/proxy/config_settings, and LiteLLM 1.108.10's `_types.py`.
 */
export function renderConfig(config: LiteLlmConfig): string {
  const { retries, timeoutSeconds, fallbacks = {} } = config.router ?? DEFAULT_ROUTER;
  return stringify(
    {
      general_settings: renderGeneral(config),
      litellm_settings: {
        drop_params: true,
        num_retries: retries,
        request_timeout: timeoutSeconds,
        ...renderCache(config),
        ...(config.tracing === true ? { callbacks: ["arize_phoenix"] } : {}),
      },
      model_list: config.models.map(renderModel),
      router_settings: {
        routing_strategy: "simple-shuffle",
        ...renderRouterRedis(config.redis),
        ...(Object.keys(fallbacks).length === 0
          ? {}
          : { fallbacks: Object.entries(fallbacks).map(([model, others]) => ({ [model]: [...others] })) }),
      },
    },
    { sortMapEntries: true, lineWidth: 0, customTags: (tags) => [DECIMAL, ...tags] },
  );
}

/** Read here and nowhere else: under litellm_settings or at the top LiteLLM ignores them, and stays open (S2.32, S4.15). */
function renderGeneral({ database, redis, failClosed = true }: LiteLlmConfig) {
  return {
    master_key: "os.environ/LITELLM_MASTER_KEY",
    ...(database
      ? {
          database_url: "os.environ/DATABASE_URL",
          database_connection_pool_limit: 10,
          allow_requests_on_db_unavailable: !failClosed,
          fail_closed_budget_enforcement: failClosed,
        }
      : {}),
    ...(redis === undefined
      ? {}
      : {
          // Named here, Redis is asked again when it comes back; guessed from REDIS_HOST, one that was away at the start never is.
          coordination_redis: renderRedis(redis),
          fail_closed_rate_limit_enforcement: failClosed,
          // Pods hand their spend to Redis and one writes it, instead of locking the same rows.
          ...(database ? { use_redis_transaction_buffer: true } : {}),
        }),
  };
}

/** Host and port, not an address: LiteLLM's client is slow with `redis_url` (apps.md §2.4). */
function renderRedis({ host, port, username, prefix, tls }: NonNullable<LiteLlmConfig["redis"]>) {
  return {
    host,
    port,
    username,
    password: `os.environ/${REDIS_PASSWORD}`,
    // Begins every key and channel, as the server asks of its users.
    namespace: prefix,
    ...(tls ? { ssl: true } : {}),
  };
}

function renderCache({ redis, cacheTtlSeconds = 0 }: LiteLlmConfig) {
  if (redis === undefined || cacheTtlSeconds === 0) return {};
  return {
    cache: true,
    cache_params: { type: "redis", ...renderRedis(redis), ttl: cacheTtlSeconds },
  };
}

/** The router's own client, for what it knows of failing deployments: other names, and a place for the rest. */
function renderRouterRedis(redis: LiteLlmConfig["redis"]) {
  if (redis === undefined) return {};
  const { host, port, password, ...others } = renderRedis(redis);
  return {
    redis_host: host,
    redis_port: port,
    redis_password: password,
    cache_kwargs: others,
  };
}

function renderModel(model: Model) {
  if (model.provider === "mock") {
    return {
      model_name: model.name,
      litellm_params: { model: `openai/${model.name}`, mock_response: model.response },
    };
  }
  const prefix = model.provider === "self-hosted" ? "openai" : PROVIDERS[model.provider].prefix;
  return {
    model_name: model.name,
    litellm_params: {
      model: `${prefix}/${model.model}`,
      // LiteLLM's client refuses to send no key at all; a server without keys reads none.
      api_key: model.apiKey === undefined ? "none" : `os.environ/${apiKeyVariable(model.apiKey)}`,
      ...(model.apiBase === undefined ? {} : { api_base: model.apiBase }),
      ...(model.price === undefined ? {} : renderPrice(model.price)),
    },
  };
}

function renderPrice({ inputPerMillionTokens, outputPerMillionTokens }: Price) {
  return {
    input_cost_per_token: inputPerMillionTokens / 1e6,
    output_cost_per_token: outputPerMillionTokens / 1e6,
  };
}

/** LiteLLM's YAML parser takes `3e-7` for a text: fractions are written out. */
const DECIMAL: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  identify: (value) => typeof value === "number" && !Number.isInteger(value),
  test: /^\d+\.\d+$/,
  resolve: Number,
  stringify: ({ value }) => Number(value).toFixed(15).replace(/0+$/, ""),
};
