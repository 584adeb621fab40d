import type { DatabaseConnection } from "../core/connection.ts";
import type { SecretSource } from "../core/credential/source.ts";
import type { Delivery } from "../core/release/delivery.ts";
import type { Image } from "../core/images.ts";
import type { Exposure } from "../core/workload/exposure.ts";

/** One who sends traces. */
export interface TracingConsumer {
  /** Where its Secret with the system key is. */
  readonly namespace: string;
  /** The project that its traces are in. */
  readonly projectName: string;
}

/** Where the secrets of Phoenix come from; each generated when left out. */
export interface PhoenixSecrets {
  /** Signs sessions and API keys, and encrypts what the database keeps: at least 32 characters, a digit and a small letter. */
  readonly secret?: SecretSource;
  /** The key that may do everything; the same rule, and another value. */
  readonly systemKey?: SecretSource;
  /** The first password of the administrator. */
  readonly adminPassword?: SecretSource;
}

/** Arguments of Phoenix. */
export interface PhoenixArgs {
  readonly namespace: string;
  readonly image: Image;
  /**
   * By the official chart there is one pod and no exposure: its ports have no names.
   * @default our own manifests
   */
  readonly delivery?: Delivery;
  readonly database: DatabaseConnection;
  /** Those who send traces: each gets a Secret with the system key in its namespace. */
  readonly consumers: Readonly<Record<string, TracingConsumer>>;
  readonly secrets?: PhoenixSecrets;
  /**
   * How long traces stay, in days, in projects without a rule of their own. 0 keeps them for ever.
   * @default 0
   */
  readonly retentionDays?: number;
  /**
   * Serves Prometheus metrics to the pods that a network edge lets in.
   * @default false
   */
  readonly metrics?: boolean;
  /**
   * Number of pods. They start one after the other, since each brings the schema up to date.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * The address in the browser. Requests that pages of other hosts send are refused.
   * @default http://localhost:6006, as through a port-forward
   */
  readonly publicUrl?: string;
  /** @default none */
  readonly exposure?: Exposure;
  /**
   * Protects the secret that the database's contents are encrypted with.
   * @default false
   */
  readonly retain?: boolean;
}
