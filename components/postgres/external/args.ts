import type { SslMode } from "../../core/connection.ts";
import type { SecretSource } from "../../core/credential/source.ts";
import type { Endpoint } from "../../core/network/endpoint.ts";

/** A consumer of an existing server, whose administrator has created the role, the database and the extensions. */
export interface ExternalConsumer {
  /** Namespace of its Secret with the password. */
  readonly namespace: string;
  readonly database: string;
  readonly role: string;
  /** Not `generated`: the server would not know the password. */
  readonly password: SecretSource;
  /** The pods that connect. */
  readonly callers: readonly Endpoint[];
}

/** Arguments of {@link PostgresExternal}. */
export interface PostgresExternalArgs {
  readonly host: string;
  readonly port: number;
  /** Addresses of the server: network policies do not support host names. */
  readonly cidrs: readonly string[];
  readonly sslMode: SslMode;
  /**
   * Size of the server's storage, in GiB, for consumers that show it.
   * @default unknown
   */
  readonly storageGi?: number;
  readonly consumers: Readonly<Record<string, ExternalConsumer>>;
}
