import type { Connection, DatabaseConnection, RedisConnection } from "../core/connection.ts";
import type { SecretSource } from "../core/credential/source.ts";
import type { Image } from "../core/images.ts";
import type { Exposure } from "../core/workload/exposure.ts";
import type { Squash } from "../core/workload/render-pod.ts";

/** Sources of the secrets of Open WebUI; generated if absent. */
export interface OpenWebUiSecrets {
  /** Signs sessions, and encrypts data in the database. */
  readonly secretKey?: SecretSource;
  /** The initial password of the administrator. */
  readonly adminPassword?: SecretSource;
}

/** The volume for uploads. */
interface UploadStorage {
  /** Size of the volume, in GiB. It can grow, but not shrink. */
  readonly storageGi: number;
  /** @default the default class of the cluster */
  readonly storageClass?: string;
  /**
   * Whether pods on several nodes can write to the volume. Fixed: a claim cannot change it.
   * @default false
   */
  readonly shared?: boolean;
}

/** Arguments of {@link OpenWebUi}. */
export interface OpenWebUiArgs {
  readonly namespace: string;
  readonly image: Image;
  /** The gateway, with a separate virtual key: users of Open WebUI spend its budget. */
  readonly gateway: Connection;
  readonly database: DatabaseConnection;
  /**
   * Shared sessions and events of the pods. More than one pod needs it. Its user needs access to the channels
   * OPEN_WEBUI_CHANNELS.
   * @default none
   */
  readonly redis?: RedisConnection;
  readonly storage: UploadStorage;
  /**
   * The owner of the files on a share that squashes all users.
   * @default none
   */
  readonly squash?: Squash;
  readonly secrets?: OpenWebUiSecrets;
  /**
   * Address with which the administrator signs in. The account exists from the start: otherwise the first visitor
   * would become the administrator.
   */
  readonly adminEmail: string;
  /**
   * Number of pods. They start one after another, because each migrates the schema.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * The address in the browser. Requests and events from pages of other origins are rejected.
   * @default http://localhost:8080, as with a port forward
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
