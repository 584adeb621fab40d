// Prisma's query engine in its WebAssembly build for PostgreSQL, and the part of its interface that is used.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** Bodies and results are JSON. `trace` is a header of OpenTelemetry as JSON. */
export interface WasmEngine {
  connect(trace: string): Promise<void>;
  query(body: string, trace: string, transaction?: string): Promise<string>;
  startTransaction(body: string, trace: string): Promise<string>;
  commitTransaction(id: string, trace: string): Promise<string>;
  rollbackTransaction(id: string, trace: string): Promise<string>;
}

interface Bindings {
  readonly QueryEngine: new (
    options: { datamodel: string; logLevel: string; logQueries: boolean },
    log: () => void,
    adapter: object,
  ) => WasmEngine;
  __wbg_set_wasm(exports: object): void;
}

/** The types of TypeScript for Node.js do not have it. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    instantiate(code: Buffer, imports: object): Promise<{ readonly instance: { readonly exports: object } }>;
    readonly RuntimeError: typeof Error;
  };
};

/** After a panic the engine cannot be used. */
export const isPanic = (error: unknown): error is Error => error instanceof WebAssembly.RuntimeError;

export async function loadBindings(): Promise<Bindings> {
  const manifest = createRequire(import.meta.url).resolve("@prisma/query-engine-wasm/package.json");
  const folder = join(dirname(manifest), "postgresql");
  const bindings = (await import(pathToFileURL(join(folder, "query_engine_bg.js")).href)) as Bindings;
  const { instance } = await WebAssembly.instantiate(readFileSync(join(folder, "query_engine_bg.wasm")), {
    "./query_engine_bg.js": bindings,
  });
  bindings.__wbg_set_wasm(instance.exports);
  return bindings;
}
