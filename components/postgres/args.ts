import type { SecretSource } from "../core/credential/source.ts";
import type { Image } from "../core/images.ts";
import type { Consumers } from "./consumers.ts";

/** Arguments of {@link Postgres}. */
export interface PostgresArgs {
  readonly namespace: string;
  /** For the server and for the Job that makes the roles. Has every extension that a consumer asks for. */
  readonly image: Image;
  /** Each gets a role and a database of its name, and a Secret in its namespace. What a former one had is kept. */
  readonly consumers: Consumers;
  /** Size of the volume, in GiB. A volume can grow, never shrink. */
  readonly storageGi: number;
  /** @default the cluster's default class */
  readonly storageClass?: string;
  /**
   * Protects the volume and the superuser's password, and keeps the volume when the stack is destroyed.
   * @default false
   */
  readonly retain?: boolean;
  /**
   * A higher number runs the Job again that makes the roles: for passwords that somebody changed in the database.
   * @default 0
   */
  readonly rolesRun?: number;
  readonly secrets?: {
    /**
     * The superuser's password. Read once, when the data folder is made.
     * @default generated
     */
    readonly superuser?: SecretSource;
  };
}
