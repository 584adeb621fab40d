import { sortedEntries } from "../core/sorted.ts";
import { DEFAULT_MAX_CONNECTIONS, RESERVED_CONNECTIONS } from "./connection-limits.ts";

/** The part of the volume that the temporary files of one session may take. */
const TEMPORARY_SHARE = 0.1;

/** Inputs of the settings. */
interface PostgresLimits {
  /** @default {@link DEFAULT_MAX_CONNECTIONS} */
  readonly maxConnections?: number;
  readonly storageGi: number;
}

/**
 * Settings of a server that protect its roles from one another, by name. PostgreSQL has no limit for each role for
 * memory, processor and volume (docs/services.md). No `statement_timeout`: migrations and dumps take their time, and a
 * role could reset it.
 */
export function renderSettings({ maxConnections = DEFAULT_MAX_CONNECTIONS, storageGi }: PostgresLimits) {
  return {
    max_connections: String(maxConnections),
    superuser_reserved_connections: String(RESERVED_CONNECTIONS),
    // A client that does not log in holds a connection of the server, whatever its role may have.
    authentication_timeout: "10s",
    // A client whose node is gone holds one, too, until the server notices.
    tcp_keepalives_idle: "60",
    tcp_keepalives_interval: "10",
    tcp_keepalives_count: "6",
    // A forgotten transaction keeps the server from removing old rows.
    idle_in_transaction_session_timeout: "1h",
    // Only the superuser can change it.
    temp_file_limit: `${Math.ceil(storageGi * 1024 * TEMPORARY_SHARE)}MB`,
  };
}

/** The same settings as arguments of the server. */
export function renderServerArguments(limits: PostgresLimits): string[] {
  return sortedEntries(renderSettings(limits)).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
