import { DEFAULT_CONNECTIONS } from "./connection-limits.ts";

/** Environment variable with a role's password in the Job. */
export function passwordVariable(role: string): string {
  return `PASSWORD_${role.toUpperCase()}`;
}

/** Valid names of a role and its database. They need no escaping in a URL or an environment variable. */
const ROLE_NAME = /^[a-z][a-z0-9_]{0,62}$/;
/** PostgreSQL reserves these names. `postgres` is the superuser, whose rights the script would remove. */
const RESERVED_NAME = /^(pg_.*|none|postgres|public|template[01])$/;

/** Why a name is not valid for a role and its database; undefined if it is. */
export function roleNameProblem(name: string): string | undefined {
  if (!ROLE_NAME.test(name)) return `must match ${ROLE_NAME.source}`;
  return RESERVED_NAME.test(name) ? "is a name that PostgreSQL keeps for itself" : undefined;
}

/**
 * A psql script that gives each consumer its own role and database, with its extensions and its number of
 * connections, and sets the passwords of the roles to the values in the Secrets. It is idempotent. psql reads
 * passwords from the environment, so they are in no argument list. Logging is off in the session, so they are in no
 * server log, even after an error. It does not touch other roles: the role and the database of a removed consumer
 * stay (docs/postgres.md).
 *
 * @throws Error with every name that is not valid for a role.
 */
export function renderRolesScript(
  roles: readonly string[],
  extensions: Readonly<Record<string, readonly string[]>> = {},
  connections: Readonly<Record<string, number>> = {},
): string {
  const names = [...roles].sort();
  const refused = names.flatMap((role) => {
    const problem = roleNameProblem(role);
    return problem === undefined ? [] : [`"${role}" ${problem}`];
  });
  if (refused.length > 0) throw new Error(`not a role name: ${refused.join("; ")}`);
  return [
    "\\set ON_ERROR_STOP on",
    "SET log_statement = 'none';",
    "SET log_min_duration_statement = -1;",
    "SET log_min_error_statement = 'panic';",
    "REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;",
    ...names.map((role) => renderRole(role, connections[role] ?? DEFAULT_CONNECTIONS)),
    // Last: a new connection loses the settings of the session and would log passwords.
    ...names.flatMap((role) => renderExtensions(role, extensions[role] ?? [])),
    "",
  ].join("\n");
}

/** Names are quoted, because SQL keywords (`user`, `order`) are valid names of consumers. */
function renderRole(role: string, connections: number): string {
  return `
\\getenv password ${passwordVariable(role)}
SELECT 'CREATE ROLE "${role}"' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}')
\\gexec
ALTER ROLE "${role}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT ${connections} PASSWORD :'password';
\\unset password
SELECT 'CREATE DATABASE "${role}" OWNER "${role}"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '${role}')
\\gexec
ALTER DATABASE "${role}" OWNER TO "${role}";
REVOKE ALL ON DATABASE "${role}" FROM PUBLIC;`;
}

/**
 * As the superuser, in the consumer's own database: whether the owner may create an extension depends on the image.
 */
function renderExtensions(role: string, extensions: readonly string[]): string[] {
  if (extensions.length === 0) return [];
  return [
    "",
    `\\connect "${role}"`,
    ...[...extensions].sort().map((extension) => `CREATE EXTENSION IF NOT EXISTS "${extension}";`),
  ];
}
