import type { SecretSource } from "../core/credential/source.ts";
import type { Image } from "../core/images.ts";
import type { Squash } from "../core/workload/render-pod.ts";

/** Somebody who uses the cluster. */
export interface EtcdUser {
  /** Where its Secret with the password is. */
  readonly namespace: string;
  /** @default generated */
  readonly password?: SecretSource;
}

/** Arguments of {@link Etcd}. */
export interface EtcdArgs {
  readonly namespace: string;
  readonly image: Image;
  /** For the Job that sets the users: Python 3.11 or later. */
  readonly scriptImage: Image;
  /** Each may read and write the keys below `/<name>/`, and no others. */
  readonly users: Readonly<Record<string, EtcdUser>>;
  /** Three go on while one is away. Fixed: a change is refused. */
  readonly members: 1 | 3;
  /** Most that the database may hold, in GiB: above it etcd takes no more writes. */
  readonly quotaGi: number;
  /** Size of each member's volume, in GiB. Fixed. */
  readonly storageGi: number;
  /** @default the cluster's default class */
  readonly storageClass?: string;
  /**
   * Protects the password of root, and keeps the volumes when the stack is destroyed.
   * @default false
   */
  readonly retain?: boolean;
  /**
   * The owner of the volumes' files on a share that squashes all users.
   * @default none
   */
  readonly squash?: Squash;
  readonly secrets?: {
    /**
     * The password of root.
     * @default generated
     */
    readonly root?: SecretSource;
  };
}
