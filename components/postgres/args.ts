import type { SecretSource } from "../core/credential/source.ts";
import type { Image } from "../core/images.ts";
import type { Consumers } from "./consumers.ts";

/** Arguments of {@link Postgres}. */
export interface PostgresArgs {
  readonly namespace: string;
  /** For the server and for the Job that creates the roles. It must contain every extension that a consumer needs. */
  readonly image: Image;
  /**
   * Each consumer gets a role and a database with its name, and a Secret in its namespace. Those of a removed
   * consumer are kept.
   */
  readonly consumers: Consumers;
  /** Size of the volume, in GiB. It can grow, but not shrink. */
  readonly storageGi: number;
  /** @default the default class of the cluster */
  readonly storageClass?: string;
  /**
   * The most connections of all consumers and of the superuser together.
   * @default 200
   */
  readonly maxConnections?: number;
  /**
   * Protects the volume and the superuser's password, and keeps the volume when the stack is destroyed.
   * @default false
   */
  readonly retain?: boolean;
  /**
   * A higher number runs the Job that creates the roles again: for passwords that were changed in the database.
   * @default 0
   */
  readonly rolesRun?: number;
  readonly secrets?: {
    /**
     * The password of the superuser. The server uses it only when it creates the data folder.
     * @default generated
     */
    readonly superuser?: SecretSource;
  };
}
