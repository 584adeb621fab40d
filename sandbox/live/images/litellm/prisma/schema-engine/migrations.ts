// What `prisma migrate deploy` and `prisma migrate resolve` ask of the schema engine. The ledger is Prisma's own table:
// https://www.prisma.io/docs/orm/prisma-migrate/understanding-prisma-migrate/migration-histories
import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseError, escapeIdentifier, type Client } from "pg";

/** An error with its code of https://www.prisma.io/docs/orm/reference/error-reference. */
export class UserError extends Error {
  readonly code: string | undefined;
  readonly meta: Readonly<Record<string, unknown>>;

  constructor(code: string | undefined, message: string, meta: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.meta = meta;
  }
}

interface Row {
  readonly id: string;
  readonly migration_name: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly rolled_back_at: Date | null;
}

const LEDGER = `CREATE TABLE "_prisma_migrations" (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;
const TABLES = `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')`;
/** The number of Prisma's advisory lock: two deployments at once wait for each other. */
const LOCK = "SELECT pg_advisory_lock(72707369)";
const RESOLVE = "Read more about how to resolve migration issues: https://pris.ly/d/migrate-resolve";

/** The migrations of a folder, in their order. */
export function migrationsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "migration.sql")))
    .map(({ name }) => name)
    .sort();
}

/** The ledger of one database. The search path of the client is the schema. */
export class Migrations {
  readonly #client: Client;
  readonly #schema: string;

  constructor(client: Client, schema: string) {
    this.#client = client;
    this.#schema = schema;
  }

  /** Applies what is missing. A failed migration stops all that follow, until `resolve` says what became of it. */
  async apply(folder: string): Promise<{ readonly appliedMigrationNames: readonly string[] }> {
    // LiteLLM holds the lock itself while it runs the command line, and says so with Prisma's own variable.
    if (!process.env["PRISMA_SCHEMA_DISABLE_ADVISORY_LOCK"]) await this.#client.query(LOCK);
    const rows = await this.#rows();
    const failed = rows.filter((row) => row.finished_at === null && row.rolled_back_at === null);
    if (failed.length > 0) {
      const details = failed
        .map(
          (row) =>
            `The \`${row.migration_name}\` migration started at ${row.started_at.toISOString()} failed`,
        )
        .join("\n");
      const message = `migrate found failed migrations in the target database, new migrations will not be applied. ${RESOLVE}\n${details}`;
      throw new UserError("P3009", message, { details });
    }
    const applied = new Set(
      rows.filter((row) => row.rolled_back_at === null).map((row) => row.migration_name),
    );
    const missing = migrationsIn(folder).filter((name) => !applied.has(name));
    for (const name of missing) await this.#applyOne(folder, name);
    return { appliedMigrationNames: missing };
  }

  /** `migrate resolve --applied`: also the way to take over a database that has tables and no ledger. */
  async markApplied(folder: string, name: string): Promise<object> {
    if (!migrationsIn(folder).includes(name))
      throw new UserError("P3017", `The migration ${name} could not be found.`, { migration_name: name });
    const rows = (await this.#rows(true)).filter(
      (row) => row.migration_name === name && row.rolled_back_at === null,
    );
    if (rows.some((row) => row.finished_at !== null))
      throw new UserError("P3008", `The migration \`${name}\` is already recorded as applied.`, {
        migration_name: name,
      });
    for (const row of rows) await this.#markRolledBack(row);
    await this.#client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at) VALUES ($1, $2, $3, now(), now())`,
      [randomUUID(), script(folder, name).checksum, name],
    );
    return {};
  }

  /** `migrate resolve --rolled-back`: the next deployment applies it again. */
  async markRolledBack(name: string): Promise<object> {
    const rows = (await this.#rows()).filter(
      (row) => row.migration_name === name && row.rolled_back_at === null,
    );
    if (rows.length === 0)
      throw new UserError("P3011", `Migration \`${name}\` was never applied to the database.`, {
        migration_name: name,
      });
    if (rows.some((row) => row.finished_at !== null))
      throw new UserError("P3012", `Migration \`${name}\` is not in a failed state.`, {
        migration_name: name,
      });
    for (const row of rows) await this.#markRolledBack(row);
    return {};
  }

  async #applyOne(folder: string, name: string): Promise<void> {
    const { sql, checksum } = script(folder, name);
    const id = randomUUID();
    await this.#client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES ($1, $2, $3)`,
      [id, checksum, name],
    );
    try {
      // PostgreSQL runs the statements of one simple query as one transaction.
      await this.#client.query(sql);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      const logs = `A migration failed to apply. New migrations cannot be applied before the error is recovered from. ${RESOLVE}\n\nMigration name: ${name}\n\nDatabase error code: ${error.code}\n\nDatabase error:\n${error.message}`;
      await this.#client.query("ROLLBACK");
      await this.#client.query(`UPDATE "_prisma_migrations" SET logs = $2 WHERE id = $1`, [id, logs]);
      throw new UserError("P3018", logs, {
        migration_name: name,
        database_error_code: error.code,
        database_error: error.message,
      });
    }
    // A script may have changed it.
    await this.#client.query(`SET search_path = ${escapeIdentifier(this.#schema)}`);
    await this.#client.query(
      `UPDATE "_prisma_migrations" SET finished_at = now(), applied_steps_count = 1 WHERE id = $1`,
      [id],
    );
  }

  async #markRolledBack({ id }: Row): Promise<void> {
    await this.#client.query(`UPDATE "_prisma_migrations" SET rolled_back_at = now() WHERE id = $1`, [id]);
  }

  /** Creates the ledger in an empty schema. */
  async #rows(takesOver = false): Promise<Row[]> {
    const tables = (await this.#client.query<{ name: string }>(TABLES, [this.#schema])).rows;
    if (tables.some(({ name }) => name === "_prisma_migrations"))
      return (await this.#client.query<Row>(`SELECT * FROM "_prisma_migrations" ORDER BY started_at`)).rows;
    if (tables.length > 0 && !takesOver)
      throw new UserError(
        "P3005",
        "The database schema is not empty. Read more about how to baseline an existing production database: https://pris.ly/d/migrate-baseline",
      );
    await this.#client.query(`CREATE SCHEMA IF NOT EXISTS ${escapeIdentifier(this.#schema)}`);
    await this.#client.query(LEDGER);
    return [];
  }
}

function script(folder: string, name: string): { readonly sql: string; readonly checksum: string } {
  const sql = readFileSync(join(folder, name, "migration.sql"), "utf8");
  return { sql, checksum: createHash("sha256").update(sql).digest("hex") };
}
