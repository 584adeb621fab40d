// The second part of `npm run bench`: load on LiteLLM's proxy, as its pod starts it, before a model of this process.
// It writes docs/performance-gateway.md.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, manage } from "../../test/live/litellm-calls.ts";
import {
  type GatewayOptions,
  GatewayStack,
  type LiteLlmServer,
  MASTER_KEY,
} from "../../test/live/litellm-server.ts";
import { checkout } from "../paths.ts";
import { createReport } from "../report.ts";
import { type LoadResult, loadOf, usageOf } from "./load.ts";
import { describeMachine } from "./machine.ts";

const PAGE = join(checkout, "docs", "performance-gateway.md");
const KEY = "sk-key-of-the-benchmark";
const SECONDS = 30;
/** More than one core can serve. */
const CLIENTS = 8;
const MEMORY_MINUTES = 30;
const MEMORY_EVERY_MINUTES = 5;
const MEMORY_REQUESTS_PER_SECOND = 5;

const GATEWAYS: Readonly<Record<string, Pick<GatewayOptions, "database" | "redis">>> = {
  "gateway alone": { database: false, redis: false },
  "gateway with Redis": { database: false },
  "gateway with its database": { redis: false },
  "gateway with its database and Redis": {},
};

interface Row {
  readonly what: string;
  /** One client: the time of a request. */
  readonly single: LoadResult;
  /** Many clients: what a core can do. */
  readonly many: LoadResult;
  /** Of the gateway; undefined: there is none. */
  readonly cpuSeconds: number | undefined;
}

const requestTo = (server: Pick<LiteLlmServer, "url">, key: string) => async (): Promise<void> => {
  const { status, text } = await ask(server, key);
  if (status !== 200) throw new Error(`${server.url} answered ${status}: ${text}`);
};

async function measure(what: string, request: () => Promise<void>, group?: number): Promise<Row> {
  // The first requests load modules and open connections.
  await loadOf(request, { clients: CLIENTS, seconds: 5 });
  const single = await loadOf(request, { clients: 1, seconds: SECONDS });
  const before = group === undefined ? undefined : usageOf(group).cpuSeconds;
  const many = await loadOf(request, { clients: CLIENTS, seconds: SECONDS });
  const cpuSeconds =
    group === undefined || before === undefined ? undefined : usageOf(group).cpuSeconds - before;
  return { what, single, many, cpuSeconds };
}

/** Memory of a gateway under a constant load, in MiB, with the minute. */
async function memoryOf({ processGroup }: LiteLlmServer, request: () => Promise<void>) {
  const seen: { readonly minute: number; readonly memoryMi: number }[] = [];
  const sample = (minute: number) => seen.push({ minute, memoryMi: usageOf(processGroup).memoryMi });
  sample(0);
  for (let minute = MEMORY_EVERY_MINUTES; minute <= MEMORY_MINUTES; minute += MEMORY_EVERY_MINUTES) {
    const seconds = MEMORY_EVERY_MINUTES * 60;
    await loadOf(request, { clients: 2, seconds, perSecond: MEMORY_REQUESTS_PER_SECOND });
    sample(minute);
  }
  return seen;
}

function renderRows([direct, ...gateways]: readonly [Row, ...Row[]]): string {
  const lines = [direct, ...gateways].map(({ what, single, many, cpuSeconds }) => {
    const times = [50, 95, 99].map((percentile) => single.milliseconds(percentile).toFixed(1));
    const added = [50, 95, 99].map((percentile) =>
      (single.milliseconds(percentile) - direct.single.milliseconds(percentile)).toFixed(1),
    );
    const perCore = cpuSeconds === undefined ? "" : (many.requests / cpuSeconds).toFixed(0);
    const overhead = cpuSeconds === undefined ? "" : added.join(" / ");
    return `| ${what} | ${times.join(" / ")} | ${overhead} | ${(many.requests / many.seconds).toFixed(0)} | ${perCore} |`;
  });
  return [
    "| what | p50 / p95 / p99 ms | added ms | requests/s | requests/s of one core |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...lines,
  ].join("\n");
}

function renderPage(
  machine: string,
  rows: readonly [Row, ...Row[]],
  memory: Awaited<ReturnType<typeof memoryOf>>,
): string {
  return `<!-- Written by \`npm run bench\`. Do not edit. -->

# Performance of the gateway

${machine}.

LiteLLM's proxy runs as its pod starts it, with traces on. The model answers at once. The model and the clients share the
machine with the gateway, so compare the rows with one another. No answer comes from the cache. The database client uses another
build of its engine than the official image ([live.md](live.md)): a row with the database shows an upper bound.

Times are those of one client. Requests a second are those of ${CLIENTS} clients. A core means a second of processor time that the
gateway's own processes used.

${renderRows(rows)}

## Memory

The gateway with its database and Redis, at ${MEMORY_REQUESTS_PER_SECOND} requests a second: resident memory of all its processes.

| minute | MiB |
| ---: | ---: |
${memory.map(({ minute, memoryMi }) => `| ${minute} | ${memoryMi.toFixed(0)} |`).join("\n")}
`;
}

async function main(): Promise<void> {
  const report = createReport();
  const stack = await GatewayStack.start();
  try {
    await stack.migrate();
    report.line("the model directly");
    const rows: [Row, ...Row[]] = [
      await measure("the model directly", requestTo({ url: stack.upstream.url }, KEY)),
    ];
    let memory: Awaited<ReturnType<typeof memoryOf>> = [];
    for (const [what, options] of Object.entries(GATEWAYS)) {
      report.line(what);
      const server = await stack.gateway(options);
      const hasKeys = options.database !== false;
      if (hasKeys) await manage(server, "/key/generate", { key: KEY, models: ["echo"] });
      const request = requestTo(server, hasKeys ? KEY : MASTER_KEY);
      rows.push(await measure(what, request, server.processGroup));
      if (Object.keys(options).length === 0) {
        report.line(`memory over ${MEMORY_MINUTES} minutes`);
        memory = await memoryOf(server, request);
      }
      await server.kill();
    }
    writeFileSync(PAGE, renderPage(await describeMachine(), rows, memory));
    process.stdout.write(`${renderRows(rows)}\n`);
  } finally {
    await stack.remove();
  }
}

await main();
