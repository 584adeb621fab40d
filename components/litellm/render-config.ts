import { basename } from "node:path";
import { type ScalarTag, stringify } from "yaml";
import type { RedisConnection } from "../core/connection.ts";
import { POOL_CONNECTIONS } from "./connections.ts";
import { apiKeyVariable, type Model, type Price, PROVIDERS } from "./models.ts";

/** Inputs of LiteLLM's configuration file. */
export interface LiteLlmConfig {
  readonly models: readonly Model[];
  /** Whether a database stores keys, budgets and spend. */
  readonly database: boolean;
  /**
   * Whether to reject a request whose budget or limit cannot be verified.
   * @default true
   */
  readonly failClosed?: boolean | undefined;
  /**
   * Shared state of the pods: limits and spend.
   * @default none
   */
  readonly redis?: Redis | undefined;
  /**
   * The cached responses.
   * @default none
   */
  readonly cache?: CacheConfig | undefined;
  /**
   * Whether traces go to Phoenix.
   * @default false
   */
  readonly tracing?: boolean;
  /** @default key */
  readonly cacheScope?: CacheScope | undefined;
  /** @default 2 retries, 600 s, no fallbacks */
  readonly router?: RouterSettings | undefined;
}

type Redis = Pick<RedisConnection, "host" | "port" | "username" | "prefix" | "tls">;

/** Who gets a cached response: the same key, keys of the same team, or every key. */
export const CACHE_SCOPES = ["key", "team", "everyone"] as const;
export type CacheScope = (typeof CACHE_SCOPES)[number];

interface CacheConfig {
  /** Its user and its prefix differ from those of `redis`: a cache key can then never name other data. */
  readonly redis: Redis;
  /** How long Redis serves the same response to the same request. */
  readonly ttlSeconds: number;
}

/** Load balancing and error handling of the router. */
export interface RouterSettings {
  /** Number of retries of a failed request. */
  readonly retries: number;
  /** Timeout of a request. */
  readonly timeoutSeconds: number;
  /** Other models to try, in order, after all deployments of a model have failed. */
  readonly fallbacks?: Readonly<Record<string, readonly string[]>> | undefined;
}

const DEFAULT_ROUTER: RouterSettings = { retries: 2, timeoutSeconds: 600 };

/** LiteLLM's environment variable for the Redis password. */
export const REDIS_PASSWORD = "REDIS_PASSWORD";
/** The same for the user of the cached responses. */
export const CACHE_PASSWORD = "REDIS_CACHE_PASSWORD";
/** Next to the configuration file, where LiteLLM looks for callbacks. */
export const GUARD_FILE = "guard.py";
/** What guard.py reads. */
export const ROUTES_FILE = "routes.json";

/**
 * LiteLLM's `config.yaml`. It refers to secrets as `os.environ/NAME`. Keys of maps are sorted. Models keep their
 * order, because callers see it. Source of the keys: https://docs.litellm.ai/docs/proxy/config_settings, and
 * `_types.py` of LiteLLM 1.108.10.
 */
export function renderConfig(config: LiteLlmConfig): string {
  const { retries, timeoutSeconds, fallbacks = {} } = config.router ?? DEFAULT_ROUTER;
  return stringify(
    {
      general_settings: renderGeneral(config),
      litellm_settings: {
        // Tracing is the operator's choice.
        allow_dynamic_callback_disabling: false,
        callbacks: [
          `${basename(GUARD_FILE, ".py")}.${config.cacheScope ?? "key"}`,
          ...(config.tracing === true ? ["arize_phoenix"] : []),
        ],
        drop_params: true,
        global_disable_no_log_param: true,
        num_retries: retries,
        request_timeout: timeoutSeconds,
        ...renderCache(config),
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

/** LiteLLM ignores these settings anywhere else, and then fails open (docs/references.md#litellm-settings). */
function renderGeneral({ database, redis, failClosed = true }: LiteLlmConfig) {
  return {
    master_key: "os.environ/LITELLM_MASTER_KEY",
    ...(database
      ? {
          database_url: "os.environ/DATABASE_URL",
          database_connection_pool_limit: POOL_CONNECTIONS,
          allow_requests_on_db_unavailable: !failClosed,
          fail_closed_budget_enforcement: failClosed,
        }
      : {}),
    ...(redis === undefined
      ? {}
      : {
          // With explicit settings LiteLLM reconnects to Redis. With REDIS_HOST it never uses a Redis that was down
          // at start.
          coordination_redis: renderRedis(redis, REDIS_PASSWORD),
          fail_closed_rate_limit_enforcement: failClosed,
          // Pods send their spend to Redis and one pod writes it, so that pods do not lock the same rows.
          ...(database ? { use_redis_transaction_buffer: true } : {}),
        }),
  };
}

/** Host and port: LiteLLM's client is slower with `redis_url` (docs/references.md#litellm-redis). */
function renderRedis({ host, port, username, prefix, tls }: Redis, passwordVariable: string) {
  return {
    host,
    port,
    username,
    password: `os.environ/${passwordVariable}`,
    // Prefix of every key and channel, as the server requires.
    namespace: prefix,
    ...(tls ? { ssl: true } : {}),
  };
}

function renderCache({ cache }: LiteLlmConfig) {
  if (cache === undefined) return {};
  return {
    cache: true,
    cache_params: {
      type: "redis",
      ...renderRedis(cache.redis, CACHE_PASSWORD),
      ttl: cache.ttlSeconds,
      // Only the requests that guard.py selects (docs/references.md#litellm-requests).
      mode: "default_off",
    },
  };
}

/** The router has its own client for the state of failing deployments, with other option names. */
function renderRouterRedis(redis: LiteLlmConfig["redis"]) {
  if (redis === undefined) return {};
  const { host, port, password, ...others } = renderRedis(redis, REDIS_PASSWORD);
  return {
    redis_host: host,
    redis_port: port,
    redis_password: password,
    cache_kwargs: others,
  };
}

function renderModel(model: Model) {
  const price = model.price === undefined ? {} : renderPrice(model.price);
  if (model.provider === "mock") {
    return {
      model_name: model.name,
      litellm_params: { model: `openai/${model.name}`, mock_response: model.response, ...price },
    };
  }
  const prefix = model.provider === "self-hosted" ? "openai" : PROVIDERS[model.provider].prefix;
  return {
    model_name: model.name,
    litellm_params: {
      model: `${prefix}/${model.model}`,
      // LiteLLM's client always needs a key. A server without keys ignores it.
      api_key: model.apiKey === undefined ? "none" : `os.environ/${apiKeyVariable(model.apiKey)}`,
      ...(model.apiBase === undefined ? {} : { api_base: model.apiBase }),
      ...price,
    },
  };
}

function renderPrice({ inputPerMillionTokens, outputPerMillionTokens }: Price) {
  return {
    input_cost_per_token: inputPerMillionTokens / 1e6,
    output_cost_per_token: outputPerMillionTokens / 1e6,
  };
}

/** LiteLLM's YAML parser reads `3e-7` as a string, so fractions are written in decimal notation. */
const DECIMAL: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  identify: (value) => typeof value === "number" && !Number.isInteger(value),
  test: /^\d+\.\d+$/,
  resolve: Number,
  stringify: ({ value }) => Number(value).toFixed(15).replace(/0+$/, ""),
};
