import type { SslMode } from "../../core/connection.ts";
import type { SecretSource } from "../../core/credential/source.ts";
import type { Endpoint } from "../../core/network/endpoint.ts";

/** A consumer of a server that somebody else runs: its administrator made the role, the database and the extensions. */
export interface ExternalConsumer {
  /** Where its Secret with the password is. */
  readonly namespace: string;
  readonly database: string;
  readonly role: string;
  /** Not `generated`: the server would not know it. */
  readonly password: SecretSource;
  /** The pods that connect. */
  readonly callers: readonly Endpoint[];
}

/** Arguments of {@link PostgresExternal}. */
export interface PostgresExternalArgs {
  readonly host: string;
  readonly port: number;
  /** The server's addresses: network policies know no host names. */
  readonly cidrs: readonly string[];
  readonly sslMode: SslMode;
  readonly consumers: Readonly<Record<string, ExternalConsumer>>;
}
