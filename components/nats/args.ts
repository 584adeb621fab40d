import type { SecretSource } from "../core/credential/source.ts";
import type { Image } from "../core/images.ts";
import type { NatsUser } from "./users.ts";

/** Arguments of {@link Nats}. */
export interface NatsArgs {
  readonly namespace: string;
  readonly image: Image;
  /** Everybody who can log in. Nobody else can, and nobody without a password. */
  readonly users: readonly NatsUser[];
  /** Where passwords come from, by login (`orders-1`); generated where nothing is said. */
  readonly secrets?: Readonly<Record<string, SecretSource>>;
  /**
   * Three servers are a cluster that goes on when one of them is away, and in which a stream can have copies. The
   * streams of one server stay behind when it becomes a cluster, and come back when it is alone again.
   * @default 1
   */
  readonly replicas?: 1 | 3;
  /** Size of each server's volume, in GiB. It cannot change later. */
  readonly storageGi: number;
  /** @default the cluster's default class */
  readonly storageClass?: string;
  /**
   * Keeps the volumes when the stack is destroyed.
   * @default false
   */
  readonly retain?: boolean;
}
