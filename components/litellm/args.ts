import type { DatabaseConnection, RedisConnection, TracingConnection } from "../core/connection.ts";
import type { SecretSource } from "../core/credential/source.ts";
import type { Image } from "../core/images.ts";
import type { Exposure } from "../core/workload/exposure.ts";
import type { Delivery } from "../core/release/delivery.ts";
import type { KeyLimits, Limits } from "./keys.ts";
import type { Model } from "./models.ts";
import type { RouterSettings } from "./render-config.ts";

/** Arguments of LiteLlm. */
export interface LiteLlmArgs {
  readonly namespace: string;
  readonly image: Image;
  /** @default our own manifests */
  readonly delivery?: Delivery;
  readonly models: readonly Model[];
  /** Where the provider keys come from, by name: what `apiKey` of a model names. */
  readonly apiKeys: Readonly<Record<string, SecretSource>>;
  /** Where the gateway's own keys come from; all generated when left out. LiteLLM refuses a master key without `sk-`. */
  readonly secrets?: { readonly masterKey?: SecretSource; readonly saltKey?: SecretSource };
  /**
   * Where keys, budgets and spend are kept. Without it the master key is the only key, and each consumer gets a copy of
   * it, which may do everything: for trying out alone.
   * @default none
   */
  readonly database?: DatabaseConnection;
  /**
   * Where the pods share limits, spend and answers. More than one pod needs it: each would count for itself.
   * @default none
   */
  readonly redis?: RedisConnection;
  /**
   * Where traces go.
   * @default none
   */
  readonly tracing?: TracingConnection;
  /** Those who call the gateway: each gets a virtual key of its own, and a Secret with it in its namespace. */
  readonly consumers?: Readonly<Record<string, ConsumerArgs>>;
  /** Limits that several keys share. */
  readonly teams?: Readonly<Record<string, Limits>>;
  /**
   * Refuses a request whose budget or limit cannot be verified, in place of letting it through (SR3).
   * @default true
   */
  readonly failClosed?: boolean;
  /**
   * How long the same request gets the same answer from Redis, whoever asks. 0 asks the model each time.
   * @default 0
   */
  readonly cacheTtlSeconds?: number;
  /** @default 2 retries, 600 s, no fallbacks */
  readonly router?: RouterSettings;
  /**
   * Number of pods; the least of them with `autoscale`.
   * @default 1
   */
  readonly replicas?: number;
  /** @default none */
  readonly autoscale?: { readonly maxReplicas: number; readonly cpuPercent: number };
  /**
   * How it is reached from outside the cluster.
   * @default not at all
   */
  readonly exposure?: Exposure;
  /**
   * Protects the salt key, without which the provider credentials in the database cannot be read again.
   * @default false
   */
  readonly retain?: boolean;
}

/** One who calls the gateway. */
export interface ConsumerArgs extends KeyLimits {
  readonly namespace: string;
  /**
   * Where the key comes from; LiteLLM refuses one without `sk-`.
   * @default generated
   */
  readonly source?: SecretSource;
}
