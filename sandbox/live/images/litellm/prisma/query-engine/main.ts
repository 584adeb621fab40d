#!/usr/bin/env node
// Runs in the image in the place of Prisma's native `query-engine`: the HTTP server that prisma-client-py starts.
// Prisma's own engine plans the queries, in its WebAssembly build; node-postgres reaches PostgreSQL.
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { json, text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { GraphQLError } from "graphql";
import { DatabaseError } from "pg";
import { addressOf, readAddress } from "../address.ts";
import { ENGINES_VERSION } from "../version.ts";
import { QueryEngine, type Request, type TransactionEnd } from "./engine.ts";
import { type Fault, invalidRequest, report, transactionStatus, unexpected } from "./faults.ts";
import { UnsupportedRequest } from "./request.ts";
import { isPanic } from "./wasm.ts";

const HOST = "127.0.0.1";
const PARENT_CHECK_MS = 2000;
/** As the native engine after a panic. */
const PANIC_EXIT_CODE = 101;

const { values: flags } = parseArgs({
  strict: false,
  options: { port: { type: "string", short: "p" }, version: { type: "boolean" } },
});
if (flags.version === true) {
  process.stdout.write(`query-engine ${ENGINES_VERSION}\n`);
  process.exit(0);
}

// LiteLLM ends engines that lost their parent, and finds them by this name.
process.title = "query-engine-wasm";
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(0);
}, PARENT_CHECK_MS).unref();

const schema = readFileSync(process.env["PRISMA_DML_PATH"] ?? "", "utf8");
const [override] = JSON.parse(process.env["OVERWRITE_DATASOURCES"] || "[]") as { url?: string }[];
const engine = await QueryEngine.create(schema, readAddress(override?.url ?? addressOf(schema, process.env)));
try {
  await engine.connect();
} catch (error) {
  const fault: Fault =
    error instanceof DatabaseError
      ? { is_panic: false, message: error.message, meta: { code: error.code }, error_code: "P1000" }
      : engine.faults.of(error);
  process.stderr.write(`${JSON.stringify(fault)}\n`);
  process.exit(1);
}

type Reply = readonly [status: number, body: object];

const isFault = (reply: object): reply is Fault => "message" in reply;

async function route(request: IncomingMessage): Promise<Reply> {
  const { method = "", url: path = "", headers } = request;
  if (method === "GET" && path === "/status") return [200, { status: "ok" }];
  if (method === "POST" && path === "/") {
    const transaction = headers["x-transaction-id"] as string | undefined;
    return [200, await engine.answer((await json(request)) as Request, transaction)];
  }
  const [, start, id = "", end] = /^\/transaction\/(?:(start)|([^/]+)\/(commit|rollback))$/.exec(path) ?? [];
  if (method !== "POST" || (start ?? end) === undefined) return [404, {}];
  const reply =
    start === undefined
      ? await engine.endTransaction(id, end as TransactionEnd)
      : await engine.startTransaction(await text(request));
  if (!isFault(reply)) return [200, reply];
  return [reply.error_code === "P2028" ? transactionStatus(reply) : 500, reply];
}

function failed(error: unknown): Reply {
  if (isPanic(error)) {
    // The engine cannot be used after a panic. LiteLLM starts a new one.
    process.stderr.write(`${JSON.stringify({ is_panic: true, message: error.stack })}\n`);
    process.exit(PANIC_EXIT_CODE);
  }
  if (error instanceof GraphQLError || error instanceof UnsupportedRequest || error instanceof SyntaxError)
    return [422, report(invalidRequest(error.message))];
  return [200, { errors: [report(unexpected(error))] }];
}

const server = createServer((request, response) => {
  void route(request)
    .catch(failed)
    .then(([status, body]) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
});
// Longer than the client keeps an idle connection.
server.keepAliveTimeout = 120_000;
server.listen(Number(flags.port), HOST);
