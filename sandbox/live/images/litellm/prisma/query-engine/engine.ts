// Prisma's query engine in WebAssembly, with the requests and responses of prisma-client-py.
import pg from "pg";
import type { Address } from "../address.ts";
import { createAdapter, KeptErrors } from "./adapter.ts";
import { type DataModel, readDataModel } from "./data-model.ts";
import { ConnectionFaults, type Fault, noSuchTransaction, report, type ReportedFault } from "./faults.ts";
import { isRaw, type NamedOperation, translate } from "./request.ts";
import { taggedRows, withoutTags } from "./response.ts";
import { loadBindings, type WasmEngine } from "./wasm.ts";

/** What a request returns, as JSON. */
export interface Answer {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly batchResult?: readonly Answer[];
  readonly errors?: readonly ReportedFault[];
}

/** A request: one document, or several in one transaction. */
export type Request =
  | { readonly query: string }
  | {
      readonly batch: readonly { readonly query: string }[];
      readonly transaction?: boolean;
      readonly isolationLevel?: string;
    };

export type TransactionEnd = "commit" | "rollback";

const NO_TRACE = "{}";
/** The engine ends with a panic when it reads a shorter identifier. */
const TRANSACTION_ID_LENGTH = 24;

export class QueryEngine {
  readonly faults: ConnectionFaults;
  readonly #pool: pg.Pool;
  readonly #models: DataModel;
  readonly #wasm: WasmEngine;

  private constructor(
    schema: string,
    address: Address,
    { QueryEngine: WasmEngine }: Awaited<ReturnType<typeof loadBindings>>,
  ) {
    const errors = new KeptErrors();
    this.#pool = new pg.Pool(address.pool);
    // The query that uses a lost connection reports the error. Without these listeners it would end the process.
    const ignore = (): void => undefined;
    this.#pool.on("error", ignore).on("connect", (client) => client.on("error", ignore));
    this.faults = new ConnectionFaults(this.#pool, address.pool, errors);
    this.#models = readDataModel(schema);
    const options = { datamodel: schema, logLevel: "error", logQueries: false };
    this.#wasm = new WasmEngine(options, () => undefined, createAdapter(this.#pool, address.schema, errors));
  }

  static async create(schema: string, address: Address): Promise<QueryEngine> {
    return new QueryEngine(schema, address, await loadBindings());
  }

  /** The native engine does not start without its database either. */
  async connect(): Promise<void> {
    await this.#wasm.connect(NO_TRACE);
    (await this.#pool.connect()).release();
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async answer(request: Request, transaction?: string): Promise<Answer> {
    if ("batch" in request) return await this.#answerBatch(request, transaction);
    const data: Record<string, unknown> = {};
    for (const named of translate(request.query, this.#models)) {
      const result = resultOf(named, await this.#ask(named.operation, transaction));
      if (result.data === undefined) return result;
      Object.assign(data, result.data);
    }
    return { data };
  }

  async startTransaction(options: string): Promise<{ readonly id: string } | Fault> {
    return this.#transactionReply(await this.#wasm.startTransaction(options, NO_TRACE)) as
      { readonly id: string } | Fault;
  }

  async endTransaction(id: string, end: TransactionEnd): Promise<object> {
    if (id.length < TRANSACTION_ID_LENGTH) return noSuchTransaction;
    const ended =
      end === "commit"
        ? this.#wasm.commitTransaction(id, NO_TRACE)
        : this.#wasm.rollbackTransaction(id, NO_TRACE);
    return this.#transactionReply((await ended) || "{}");
  }

  #transactionReply(text: string): object {
    const reply = JSON.parse(text) as { user_facing_error?: Fault; message?: string };
    const fault = reply.user_facing_error ?? (reply.message === undefined ? undefined : (reply as Fault));
    return fault === undefined ? reply : this.faults.resolve(fault);
  }

  async #answerBatch(
    { batch, transaction: isAtomic = false, isolationLevel }: Extract<Request, { batch: unknown }>,
    transaction: string | undefined,
  ): Promise<Answer> {
    const named = batch.flatMap(({ query }) => translate(query, this.#models));
    const body = {
      batch: named.map(({ operation }) => operation),
      ...(isAtomic ? { transaction: { isolationLevel } } : {}),
    };
    const { batchResult, errors = [] } = await this.#ask(body, transaction);
    if (batchResult === undefined) return { errors };
    return {
      batchResult: batchResult.map((each, index) =>
        resultOf(named[index] as NamedOperation, this.#resolve(each)),
      ),
      errors,
    };
  }

  async #ask(body: object, transaction: string | undefined): Promise<Answer> {
    if (transaction !== undefined && transaction.length < TRANSACTION_ID_LENGTH)
      return { errors: [report(noSuchTransaction)] };
    const text = await this.#wasm.query(JSON.stringify(body), NO_TRACE, transaction);
    return this.#resolve(JSON.parse(text) as Answer);
  }

  #resolve(answer: Answer): Answer {
    if (answer.errors === undefined) return answer;
    return {
      ...answer,
      errors: answer.errors.map(({ user_facing_error: fault }) => report(this.faults.resolve(fault))),
    };
  }
}

/** The only result of an operation, under the name that the request gave it. */
function resultOf({ key, operation }: NamedOperation, answer: Answer): Answer {
  if (answer.data === undefined) return answer;
  const [data] = Object.values(answer.data);
  return { data: { [key]: isRaw(operation) ? taggedRows(data) : withoutTags(data) } };
}
