import type { SslMode } from "./connection.ts";

/** Where Debian's images have the certificates of public authorities; libpq looks for its own file in the home folder. */
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

/**
 * How a program on libpq protects its connection to PostgreSQL, and so does one on asyncpg, which reads the same
 * variables. Said even where there is no TLS: left out, both would try it first.
 */
export function libpqTls(sslMode: SslMode = "disable"): Record<string, string> {
  return {
    PGSSLMODE: sslMode,
    ...(sslMode === "verify-full" ? { PGSSLROOTCERT: AUTHORITIES } : {}),
  };
}
