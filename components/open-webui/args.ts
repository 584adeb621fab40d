import type { Connection, DatabaseConnection, RedisConnection } from "../core/connection.ts";
import type { SecretSource } from "../core/credential/source.ts";
import type { Image } from "../core/images.ts";
import type { Exposure } from "../core/workload/exposure.ts";
import type { Squash } from "../core/workload/render-pod.ts";

/** Where the secrets of Open WebUI come from; each generated when left out. */
export interface OpenWebUiSecrets {
  /** Signs sessions, and encrypts what the database keeps. */
  readonly secretKey?: SecretSource;
  /** The first password of the administrator. */
  readonly adminPassword?: SecretSource;
}

/** Where uploads are kept. */
export interface UploadStorage {
  /** Size of the volume, in GiB. It can grow, never shrink. */
  readonly storageGi: number;
  /** @default the cluster's default class */
  readonly storageClass?: string;
  /**
   * A volume that pods of several nodes can write to. Fixed: a claim cannot change it.
   * @default false
   */
  readonly shared?: boolean;
}

/** Arguments of OpenWebUi. */
export interface OpenWebUiArgs {
  readonly namespace: string;
  readonly image: Image;
  /** The gateway, with a virtual key of its own: its users spend that key's budget. */
  readonly gateway: Connection;
  readonly database: DatabaseConnection;
  /**
   * Where pods share sessions and events. More than one pod needs it; its user may use the channels
   * OPEN_WEBUI_CHANNELS.
   * @default none
   */
  readonly redis?: RedisConnection;
  readonly storage: UploadStorage;
  /**
   * The owner of the volume's files on a share that squashes all users.
   * @default none
   */
  readonly squash?: Squash;
  readonly secrets?: OpenWebUiSecrets;
  /** What the administrator signs in with, who is there from the start: otherwise the first to come would be it. */
  readonly adminEmail: string;
  /**
   * Number of pods. They start one after the other, since each brings the schema up to date.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * The address in the browser. Requests and events that pages of other addresses ask for are refused.
   * @default http://localhost:8080, as through a port-forward
   */
  readonly publicUrl?: string;
  /** @default none */
  readonly exposure?: Exposure;
  /**
   * Protects the uploads and the secret key, and keeps them when the stack is destroyed.
   * @default false
   */
  readonly retain?: boolean;
}
