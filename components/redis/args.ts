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
  /**
   * Each consumer gets a user with its name, keys and channels with its name and a colon as prefix, and a Secret in
   * its namespace.
   */
  readonly consumers: Readonly<Record<string, RedisConsumer>>;
  /** Maximum memory for data, in MiB. The pod can use twice as much. */
  readonly maxMemoryMi: number;
  readonly evictionPolicy: EvictionPolicy;
  /**
   * Keeps the data on a volume across restarts.
   * @default none
   */
  readonly persistence?: RedisPersistence;
  /**
   * The owner of the files on a share that squashes all users.
   * @default none
   */
  readonly squash?: Squash;
}

/** The volume of a server. */
interface RedisPersistence {
  /** Size of the volume, in GiB. It can grow, but not shrink. */
  readonly storageGi: number;
  /** @default the default class of the cluster */
  readonly storageClass?: string;
  /**
   * Protects the volume, and keeps it when the stack is destroyed.
   * @default false
   */
  readonly retain?: boolean;
}
