import type { DatabaseConnection, RedisConnection, TracingConnection } from "../core/connection.ts";
import type { SecretSource } from "../core/credential/source.ts";
import type { Image } from "../core/images.ts";
import type { Exposure } from "../core/workload/exposure.ts";
import type { Delivery } from "../core/release/delivery.ts";
import type { KeyLimits, Limits } from "./keys.ts";
import type { Model } from "./models.ts";
import type { CacheScope, RouterSettings } from "./render-config.ts";

/** Arguments of {@link LiteLlm}. */
export interface LiteLlmArgs {
  readonly namespace: string;
  readonly image: Image;
  /** @default the platform's manifests */
  readonly delivery?: Delivery;
  readonly models: readonly Model[];
  /** The provider keys, by the name that `apiKey` of a model uses. */
  readonly apiKeys: Readonly<Record<string, SecretSource>>;
  /** The keys of the gateway itself; generated if absent. LiteLLM rejects a master key without `sk-`. */
  readonly secrets?: { readonly masterKey?: SecretSource; readonly saltKey?: SecretSource };
  /**
   * The database for keys, budgets and spend. Without it, the master key is the only key. Each consumer then gets a
   * copy of it, with all rights: use that for trials only.
   * @default none
   */
  readonly database?: DatabaseConnection;
  /**
   * Shared state of the pods: limits and spend. More than one pod needs it, because otherwise each pod counts for
   * itself.
   * @default none
   */
  readonly redis?: RedisConnection;
  /**
   * The cached responses, on a server with another user and another prefix than `redis`.
   * @default none
   */
  readonly cache?: {
    readonly redis: RedisConnection;
    /** How long the same request of the same scope gets the same response. */
    readonly ttlSeconds: number;
    /**
     * Who shares responses. Without a database every consumer has the same key.
     * @default key
     */
    readonly scope?: CacheScope;
  };
  /**
   * Serves LiteLLM's own pages and every management route. Otherwise only the routes of routes.json exist.
   * @default false
   */
  readonly adminInterface?: boolean;
  /**
   * Where traces go.
   * @default none
   */
  readonly tracing?: TracingConnection;
  /** The callers of the gateway. Each gets its own virtual key, in a Secret in its namespace. */
  readonly consumers?: Readonly<Record<string, ConsumerArgs>>;
  /** Limits that several keys share. */
  readonly teams?: Readonly<Record<string, Limits>>;
  /**
   * Whether to reject a request whose budget or limit cannot be verified.
   * @default true
   */
  readonly failClosed?: boolean;
  /** @default 2 retries, 600 s, no fallbacks */
  readonly router?: RouterSettings;
  /**
   * Number of pods; the minimum with `autoscale`.
   * @default 1
   */
  readonly replicas?: number;
  /** @default none */
  readonly autoscale?: { readonly maxReplicas: number; readonly cpuPercent: number };
  /**
   * How the gateway is exposed outside the cluster.
   * @default not at all
   */
  readonly exposure?: Exposure;
  /**
   * Protects the salt key. Without it, provider credentials in the database cannot be decrypted.
   * @default false
   */
  readonly retain?: boolean;
}

/** A caller of the gateway. */
export interface ConsumerArgs extends KeyLimits {
  readonly namespace: string;
  /**
   * The source of the key. LiteLLM rejects a key without `sk-`.
   * @default generated
   */
  readonly source?: SecretSource;
}
