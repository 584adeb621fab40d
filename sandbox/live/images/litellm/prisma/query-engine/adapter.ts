// PostgreSQL for the engine: Prisma's interface for drivers (@prisma/driver-adapter-utils 5.17) over node-postgres.
// The engine calls these functions without their object, so none of them uses `this`.
import { DatabaseError, type Pool, type PoolClient, type QueryArrayResult } from "pg";
import { columnType, parserOf } from "./columns.ts";

interface Query {
  readonly sql: string;
  readonly args: readonly unknown[];
}

type Result<T> =
  | { readonly ok: true; readonly value: T; readonly map: Map; readonly flatMap: Map }
  | { readonly ok: false; readonly error: unknown; readonly map: Map; readonly flatMap: Map };
type Map = (change: (value: never) => unknown) => unknown;

const success = <T>(value: T): Result<T> => ({
  ok: true,
  value,
  map: (change) => success(change(value as never)),
  flatMap: (change) => change(value as never),
});
const failure = (error: unknown): Result<never> => ({
  ok: false,
  error,
  map: () => failure(error),
  flatMap: () => failure(error),
});

const KEPT_ERRORS = 1000;

/** Errors of the connection. The engine only returns their number, so they are kept until its answer is read. */
export class KeptErrors {
  readonly #errors = new Map<number, unknown>();
  #last = 0;

  keep(error: unknown): Result<never> {
    this.#last += 1;
    this.#errors.set(this.#last, error);
    this.#errors.delete(this.#last - KEPT_ERRORS);
    return failure({ kind: "GenericJs", id: this.#last });
  }

  take(id: number): unknown {
    const error = this.#errors.get(id);
    this.#errors.delete(id);
    return error;
  }
}

export function createAdapter(pool: Pool, schema: string, errors: KeptErrors): object {
  return {
    ...queries(pool, errors),
    getConnectionInfo: () => success({ schemaName: schema }),
    startTransaction: async () => {
      try {
        return success(transaction(await pool.connect(), errors));
      } catch (error) {
        return errors.keep(error);
      }
    },
  };
}

function queries(client: Pool | PoolClient, errors: KeptErrors) {
  return {
    provider: "postgres",
    adapterName: "node-postgres",
    queryRaw: async (query: Query) => await run(client, query, errors, tableOf),
    executeRaw: async (query: Query) => await run(client, query, errors, ({ rowCount }) => rowCount ?? 0),
  };
}

/** The engine sends BEGIN, COMMIT and ROLLBACK itself (`usePhantomQuery`). */
function transaction(client: PoolClient, errors: KeptErrors) {
  const end = (): Promise<Result<undefined>> => {
    client.release();
    return Promise.resolve(success(undefined));
  };
  return { ...queries(client, errors), options: { usePhantomQuery: false }, commit: end, rollback: end };
}

async function run<T>(
  client: Pool | PoolClient,
  { sql, args }: Query,
  errors: KeptErrors,
  finish: (result: QueryArrayResult) => T,
): Promise<Result<T>> {
  try {
    const values = args.map((arg) => (Array.isArray(arg) ? arg.map(asBuffer) : asBuffer(arg)));
    const types = { getTypeParser: parserOf as never };
    return success(finish(await client.query({ text: sql, values, rowMode: "array", types })));
  } catch (error) {
    // What PostgreSQL says has a code; the rest is about the connection.
    if (!(error instanceof DatabaseError)) return errors.keep(error);
    const { code, severity, message, detail, column, hint } = error;
    return failure({ kind: "Postgres", code, severity, message, detail, column, hint });
  }
}

const tableOf = ({ fields, rows }: QueryArrayResult) => ({
  columnNames: fields.map(({ name }) => name),
  columnTypes: fields.map(({ dataTypeID }) => columnType(dataTypeID)),
  rows,
});

const asBuffer = (arg: unknown): unknown =>
  ArrayBuffer.isView(arg) ? Buffer.from(arg.buffer, arg.byteOffset, arg.byteLength) : arg;
