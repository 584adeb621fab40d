import type { SecretSource } from "../core/credential/source.ts";
import type { Image } from "../core/images.ts";
import type { NatsUser } from "./users.ts";

/** Arguments of {@link Nats}. */
export interface NatsArgs {
  readonly namespace: string;
  readonly image: Image;
  /** All users that can log in. There is no anonymous access. */
  readonly users: readonly NatsUser[];
  /**
   * Sources of passwords, by login (`orders-1`).
   * @default generated
   */
  readonly secrets?: Readonly<Record<string, SecretSource>>;
  /**
   * Three servers form a cluster that survives the loss of one and can replicate streams. When one server becomes a
   * cluster, its streams stay behind; they are available again when it is a single server again.
   * @default 1
   */
  readonly replicas?: 1 | 3;
  /** Size of each server's volume, in GiB. It cannot be changed later. */
  readonly storageGi: number;
  /** @default the default class of the cluster */
  readonly storageClass?: string;
  /**
   * Keeps the volumes when the stack is destroyed.
   * @default false
   */
  readonly retain?: boolean;
}
