import type { SecretSource } from "../core/credential/source.ts";
import type { Image } from "../core/images.ts";
import type { Squash } from "../core/workload/render-pod.ts";

/** A user of the cluster. */
interface EtcdUser {
  /** Namespace of its Secret with the password. */
  readonly namespace: string;
  /** @default generated */
  readonly password?: SecretSource;
}

/** Arguments of {@link Etcd}. */
export interface EtcdArgs {
  readonly namespace: string;
  readonly image: Image;
  /** For the Job that configures the users: Python 3.11 or later. */
  readonly scriptImage: Image;
  /** Each user may read and write the keys below `/<name>/` only. */
  readonly users: Readonly<Record<string, EtcdUser>>;
  /** A cluster of three survives the loss of one. Fixed: a change is rejected. */
  readonly members: 1 | 3;
  /** Maximum size of the database, in GiB. Above it etcd rejects writes. */
  readonly quotaGi: number;
  /** Size of each member's volume, in GiB. Fixed. */
  readonly storageGi: number;
  /** @default the default class of the cluster */
  readonly storageClass?: string;
  /**
   * Protects the root password, and keeps the volumes when the stack is destroyed.
   * @default false
   */
  readonly retain?: boolean;
  /**
   * The owner of the files on a share that squashes all users.
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
