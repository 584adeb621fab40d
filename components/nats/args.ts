import type { SecretSource } from "../core/credential/source.ts";
import type { Image } from "../core/images.ts";
import type { AccountLimits } from "./accounts.ts";
import type { NatsStream } from "./streams.ts";
import type { NatsUser } from "./users.ts";

/** Arguments of {@link Nats}. */
export interface NatsArgs {
  readonly namespace: string;
  readonly image: Image;
  /** For the Job that makes the streams: Python 3.11 or later. */
  readonly scriptImage: Image;
  /** All users that can log in. There is no anonymous access. */
  readonly users: readonly NatsUser[];
  /**
   * The limits of accounts.
   * @default equal parts of what the servers have
   */
  readonly accounts?: Readonly<Record<string, AccountLimits>>;
  /**
   * Streams that a Job makes and changes. It deletes none.
   * @default none
   */
  readonly streams?: readonly NatsStream[];
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
