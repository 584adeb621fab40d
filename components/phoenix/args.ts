import type { DatabaseConnection } from "../core/connection.ts";
import type { SecretSource } from "../core/credential/source.ts";
import type { Delivery } from "../core/release/delivery.ts";
import type { Image } from "../core/images.ts";
import type { Exposure } from "../core/workload/exposure.ts";

/** An application that sends traces. */
export interface TracingConsumer {
  /** Namespace of its Secret with the key. */
  readonly namespace: string;
  /** The project of its traces. */
  readonly projectName: string;
}

/** Sources of the secrets of Phoenix; generated if absent. */
export interface PhoenixSecrets {
  /**
   * Signs sessions and API keys, and encrypts data in the database. At least 32 characters, with a digit and a
   * lowercase letter.
   */
  readonly secret?: SecretSource;
  /** The administrator's key. The same rules apply, and the value must differ. */
  readonly systemKey?: SecretSource;
  /**
   * The key of the consumers: a system API key, which only a running Phoenix can create. It cannot manage users, keys,
   * secrets or settings. It can read and delete traces, because Phoenix has no role that only sends them.
   * @default systemKey
   */
  readonly tracesKey?: SecretSource;
  /** The initial password of the administrator. */
  readonly adminPassword?: SecretSource;
}

/** Arguments of {@link Phoenix}. */
export interface PhoenixArgs {
  readonly namespace: string;
  readonly image: Image;
  /**
   * The official chart supports one pod and no exposure, because its ports have no names.
   * @default the platform's manifests
   */
  readonly delivery?: Delivery;
  readonly database: DatabaseConnection;
  /** The applications that send traces. Each gets a Secret with `tracesKey` in its namespace. */
  readonly consumers: Readonly<Record<string, TracingConsumer>>;
  readonly secrets?: PhoenixSecrets;
  /**
   * How long to keep traces, in days, in projects without their own retention policy. 0 keeps them forever.
   * @default 0
   */
  readonly retentionDays?: number;
  /**
   * Serves Prometheus metrics to pods with a network edge.
   * @default false
   */
  readonly metrics?: boolean;
  /**
   * Number of pods. They start one after another, because each migrates the schema.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * The address in the browser. Requests from pages of other hosts are rejected.
   * @default http://localhost:6006, as with a port forward
   */
  readonly publicUrl?: string;
  /** @default none */
  readonly exposure?: Exposure;
  /**
   * Protects the secret that encrypts the contents of the database.
   * @default false
   */
  readonly retain?: boolean;
}
