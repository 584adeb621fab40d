#!/usr/bin/env node
// Runs in the image in the place of Prisma's native `schema-engine`, for `prisma migrate deploy` and `prisma migrate
// resolve`. The real command line starts it. Every other method is answered with an error.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import pg, { escapeIdentifier } from "pg";
import { addressOf, readAddress } from "../address.ts";
import { ENGINES_VERSION } from "../version.ts";
import { Migrations, migrationsIn, UserError } from "./migrations.ts";

const { values: flags, positionals } = parseArgs({
  strict: false,
  options: {
    version: { type: "boolean" },
    datamodels: { type: "string", short: "d" },
    datasource: { type: "string" },
  },
});
if (flags.version === true) {
  process.stdout.write(`schema-engine-cli ${ENGINES_VERSION}\n`);
  process.exit(0);
}

interface Params {
  readonly migrationsDirectoryPath: string;
  readonly migrationName: string;
}

const METHODS: Readonly<Record<string, (params: Params) => unknown>> = {
  listMigrationDirectories: ({ migrationsDirectoryPath }) => ({
    migrations: migrationsIn(migrationsDirectoryPath),
  }),
  applyMigrations: ({ migrationsDirectoryPath }) =>
    connected((migrations) => migrations.apply(migrationsDirectoryPath)),
  markMigrationApplied: ({ migrationsDirectoryPath, migrationName }) =>
    connected((migrations) => migrations.markApplied(migrationsDirectoryPath, migrationName)),
  markMigrationRolledBack: ({ migrationName }) =>
    connected((migrations) => migrations.markRolledBack(migrationName)),
  ensureConnectionValidity: () => connected(() => Promise.resolve({})),
};

async function connected<T>(work: (migrations: Migrations) => Promise<T>): Promise<T> {
  const schemaFile = flags.datamodels as string | undefined;
  const address =
    (flags.datasource as string | undefined) ??
    addressOf(schemaFile === undefined ? "" : readFileSync(schemaFile, "utf8"), process.env);
  const { schema, pool } = readAddress(address);
  const client = new pg.Client(pool);
  try {
    await client.connect();
  } catch (error) {
    throw refusedConnection(error, pool);
  }
  try {
    await client.query(`SET search_path = ${escapeIdentifier(schema)}`);
    return await work(new Migrations(client, schema));
  } finally {
    await client.end();
  }
}

function refusedConnection(error: unknown, { host, port, database = "", user }: pg.PoolConfig): UserError {
  const code = error instanceof pg.DatabaseError ? error.code : undefined;
  const at = `\`${host ?? ""}:${port ?? ""}\``;
  if (code === "3D000")
    return new UserError("P1003", `Database \`${database}\` does not exist on the database server at ${at}.`);
  if (code === "28P01" || code === "28000")
    return new UserError(
      "P1000",
      `Authentication failed against database server at ${at}, the provided credentials for \`${user ?? ""}\` are not valid.`,
    );
  const reason = error instanceof Error ? error.message : String(error);
  return new UserError("P1001", `Can't reach database server at ${at}: ${reason}`);
}

const dataOf = (error: unknown) =>
  error instanceof UserError
    ? { is_panic: false, message: error.message, meta: error.meta, error_code: error.code }
    : { is_panic: false, message: String(error), meta: null };

/** `schema-engine cli --datasource ADDRESS can-connect-to-database`. */
async function runCli(): Promise<number> {
  try {
    if (!positionals.includes("can-connect-to-database"))
      throw new UserError(undefined, `not supported by this build: ${positionals.slice(1).join(" ")}`);
    await connected(() => Promise.resolve());
    return 0;
  } catch (error) {
    const line = { level: "ERROR", target: "schema_engine::logger", fields: dataOf(error) };
    // The command line drops the first line of the output.
    process.stderr.write(`\n${JSON.stringify({ timestamp: new Date().toISOString(), ...line })}\n`);
    return 1;
  }
}

/** JSON-RPC: one request per line. */
async function serve(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params } = JSON.parse(line) as { id: unknown; method: string; params: Params };
    let reply: object;
    try {
      const run = METHODS[method];
      if (run === undefined) throw new UserError(undefined, `not supported by this build: ${method}`);
      reply = { result: await run(params) };
    } catch (error) {
      reply = {
        error: {
          code: 4466,
          message: "An error happened. Check the data field for details.",
          data: dataOf(error),
        },
      };
    }
    process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...reply })}\n`);
  }
}

if (positionals[0] === "cli") process.exitCode = await runCli();
else await serve();
