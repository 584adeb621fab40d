import type { SslMode } from "./connection.ts";

/** Public CA certificates in Debian images. By default libpq looks for a file in the home directory. */
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

/**
 * Environment for TLS to PostgreSQL, for libpq and for asyncpg, which reads the same variables. `disable` is set
 * explicitly: by default both try TLS first.
 */
export function libpqTls(sslMode: SslMode = "disable"): Record<string, string> {
  return {
    PGSSLMODE: sslMode,
    ...(sslMode === "verify-full" ? { PGSSLROOTCERT: AUTHORITIES } : {}),
  };
}
