/** Name of the environment variable that holds a role's password in the Job. */
export function passwordVariable(role: string): string {
  return `PASSWORD_${role.toUpperCase()}`;
}

/** What a role and its database may be called: needs no escaping in a URL or an environment variable. */
const ROLE_NAME = /^[a-z][a-z0-9_]{0,62}$/;
/** PostgreSQL keeps these for itself, and `postgres` is the superuser: the script would take its rights away. */
const RESERVED_NAME = /^(pg_.*|none|postgres|public|template[01])$/;

/** Why a name cannot be a role's and its database's; nothing when it can. */
export function roleNameProblem(name: string): string | undefined {
  if (!ROLE_NAME.test(name)) return `must match ${ROLE_NAME.source}`;
  return RESERVED_NAME.test(name) ? "is a name that PostgreSQL keeps for itself" : undefined;
}

/**
 * A psql script that gives each consumer a role and a database of its own, with its extensions, and sets the roles' passwords to what
 * their Secrets hold. It can run any number of times. psql reads passwords from the environment, so they are in no
 * argument list; the session's logging is off, so they are in no server log either, failures included. It says nothing
 * of roles that it is not told of: the database of a former consumer stays, and so does its role (docs/postgres.md).
 *
 * @throws Error that tells every name that cannot be a role's.
 */
export function renderRolesScript(
  roles: readonly string[],
  extensions: Readonly<Record<string, readonly string[]>> = {},
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
    ...names.map(renderRole),
    // Last, since a new connection has the session's settings no more, and would log passwords.
    ...names.flatMap((role) => renderExtensions(role, extensions[role] ?? [])),
    "",
  ].join("\n");
}

/** Names are quoted, since words of SQL (`user`, `order`) are good names for consumers. */
function renderRole(role: string): string {
  return `
\\getenv password ${passwordVariable(role)}
SELECT 'CREATE ROLE "${role}"' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}')
\\gexec
ALTER ROLE "${role}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
\\unset password
SELECT 'CREATE DATABASE "${role}" OWNER "${role}"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '${role}')
\\gexec
ALTER DATABASE "${role}" OWNER TO "${role}";
REVOKE ALL ON DATABASE "${role}" FROM PUBLIC;`;
}

/** As the superuser, in the consumer's own database: whether its owner may create an extension is up to the image. */
function renderExtensions(role: string, extensions: readonly string[]): string[] {
  if (extensions.length === 0) return [];
  return [
    "",
    `\\connect "${role}"`,
    ...[...extensions].sort().map((extension) => `CREATE EXTENSION IF NOT EXISTS "${extension}";`),
  ];
}
