// The address of the database as Prisma reads it: https://www.prisma.io/docs/orm/overview/databases/postgresql
import type { PoolConfig } from "pg";

export interface Address {
  /** @default public */
  readonly schema: string;
  readonly pool: PoolConfig & {
    readonly host: string;
    readonly port: number;
    readonly max: number;
    readonly connectionTimeoutMillis: number;
  };
}

/** `sslmode=require` accepts any certificate; with `sslaccept=strict` it must be valid for the host. */
export function readAddress(address: string): Address {
  const url = new URL(address);
  const option = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const milliseconds = (name: string, defaultSeconds: number): number =>
    1000 * Number(option(name) ?? defaultSeconds);
  const encrypted = ["require", "verify-ca", "verify-full"].includes(option("sslmode") ?? "");
  const acceptsInvalid = option("sslmode") === "require" && option("sslaccept") !== "strict";
  return {
    schema: option("schema") ?? "public",
    pool: {
      host: option("host") ?? decodeURIComponent(url.hostname.replace(/^\[|\]$/g, "")),
      port: Number(url.port || 5432),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)),
      max: Number(option("connection_limit") ?? 10),
      connectionTimeoutMillis: milliseconds("pool_timeout", 10),
      idleTimeoutMillis: milliseconds("max_idle_connection_lifetime", 300),
      ssl: encrypted ? { rejectUnauthorized: !acceptsInvalid } : false,
      ...(option("socket_timeout") === undefined ? {} : { query_timeout: milliseconds("socket_timeout", 0) }),
      ...(option("application_name") === undefined ? {} : { application_name: option("application_name") }),
      ...(option("options") === undefined ? {} : { options: option("options") }),
    },
  };
}

/** The address in the block `datasource` of a Prisma schema: a text, or the name of an environment variable. */
export function addressOf(schema: string, env: NodeJS.ProcessEnv): string {
  const block = /^\s*datasource\s+\w+\s*\{([^}]*)\}/m.exec(schema)?.[1] ?? "";
  const [, variable, literal] = /^\s*url\s*=\s*(?:env\("([^"]+)"\)|"([^"]*)")/m.exec(block) ?? [];
  const address = variable === undefined ? literal : env[variable];
  if (address === undefined)
    throw new Error(`the schema names no database, or ${variable ?? "its variable"} is not set`);
  return address;
}
