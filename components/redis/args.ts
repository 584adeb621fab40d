import type { SecretSource } from "../core/credential/source.ts";
import type { Image } from "../core/images.ts";
import type { Squash } from "../core/workload/render-pod.ts";
import type { EvictionPolicy } from "./render-config.ts";
import type { RedisUser } from "./render-start.ts";

/** An application that uses the server. */
export interface RedisConsumer extends RedisUser {
  readonly namespace: string;
  /** @default generated */
  readonly password?: SecretSource;
}

/** Arguments of {@link Redis}. */
export interface RedisArgs {
  readonly namespace: string;
  readonly image: Image;
  /** Each gets a user of its name, keys and channels that begin with its name and a colon, and a Secret in its namespace. */
  readonly consumers: Readonly<Record<string, RedisConsumer>>;
  /** Most memory for data, in MiB; the pod may use twice as much. */
  readonly maxMemoryMi: number;
  readonly evictionPolicy: EvictionPolicy;
  /**
   * Keeps the data over restarts, on a volume.
   * @default none
   */
  readonly persistence?: RedisPersistence;
  /**
   * The owner of the volume's files on a share that squashes all users.
   * @default none
   */
  readonly squash?: Squash;
}

/** Where a server keeps its data. */
export interface RedisPersistence {
  /** Size of the volume, in GiB. It can grow, never shrink. */
  readonly storageGi: number;
  /** @default the cluster's default class */
  readonly storageClass?: string;
  /**
   * Protects the volume, and keeps it when the stack is destroyed.
   * @default false
   */
  readonly retain?: boolean;
}
