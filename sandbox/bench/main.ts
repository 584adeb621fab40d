// `npm run bench`: measures this checkout on this machine and writes docs/performance.md. Ratios are within one run.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Context, createContext } from "../commands/context.ts";
import { down } from "../commands/down.ts";
import { CommandError } from "../commands/errors.ts";
import { openSandbox, type Sandbox } from "../commands/sandbox.ts";
import { stopStackCluster } from "../commands/stack-cluster.ts";
import { machineProblems } from "../live/preflight.ts";
import { checkout } from "../paths.ts";
import { describeMachine } from "./machine.ts";
import { type Measurement, summarize, type Summary, timed, timedNode } from "./measure.ts";
import { manifestsOf } from "./objects.ts";
import { creationSpans, criticalPath, dependenciesOf, renderTimeline, type Span } from "./timeline.ts";

const RUNS = 5;
const SHOWN_SPANS = 10;
const PAGE = join(checkout, "docs", "performance.md");

interface Row {
  readonly what: string;
  readonly summary: Summary;
  /** The earlier row with which this row is compared. */
  readonly against?: string;
}

async function repeat(work: () => Promise<Measurement>, runs = RUNS): Promise<Summary> {
  const measured: Measurement[] = [];
  for (let run = 0; run < runs; run += 1) measured.push(await work());
  return summarize(measured);
}

/** The program without an engine: the time of this repository's code in addition to that of the SDK. */
async function benchProgram(): Promise<Row[]> {
  const sdk = ["pulumi", "kubernetes", "random"].map((name) => `import "@pulumi/${name}";`).join("\n");
  const program = `
    import { runStack } from ${JSON.stringify(join(checkout, "test", "program.ts"))};
    await runStack("dev");`;
  return [
    { what: "import of the SDK", summary: await repeat(() => timedNode(sdk)) },
    {
      what: "dev program under mocks",
      summary: await repeat(() => timedNode(program)),
      against: "import of the SDK",
    },
  ];
}

/** The stack through Pulumi, and then the same objects through kubectl on the same cluster. */
async function benchStack(
  { pulumi, kubectl }: Sandbox,
  folder: string,
  rounds: number,
): Promise<{ readonly rows: Row[]; readonly slowest: readonly Span[]; readonly critical: readonly Span[] }> {
  const operate = async (name: string, ...flags: string[]) => {
    const done = await pulumi.operateQuietly(name, ...flags);
    if (done.code !== 0) throw new Error(`pulumi ${name}: ${done.stdout}${done.stderr}`);
  };
  const up = (...flags: string[]) => timed(() => operate("up", "--yes", "--skip-preview", ...flags));
  const destroy = () => timed(() => operate("destroy", "--yes", "--skip-preview"));
  // It exits with 1 if something differs, which here is only the field manager. For an error it prints the reason.
  const diff = (objects: string) =>
    kubectl("diff", "--server-side", "--force-conflicts", "--filename", objects).catch((error: unknown) => {
      if (!(error instanceof CommandError) || error.why !== "") throw error;
    });
  const file = join(folder, "objects.json");
  const events = join(folder, "events.jsonl");
  let spans: Span[] = [];
  let critical: Span[] = [];
  const runs = {
    preview: [] as Measurement[],
    previewAgain: [] as Measurement[],
    create: [] as Measurement[],
    noChange: [] as Measurement[],
    diff: [] as Measurement[],
    destroy: [] as Measurement[],
    apply: [] as Measurement[],
    applyAgain: [] as Measurement[],
    delete: [] as Measurement[],
  };
  for (let run = 0; run < rounds; run += 1) {
    runs.preview.push(await timed(() => operate("preview")));
    runs.create.push(await up("--event-log", events));
    // The last round, because the first one on the live node also pulls the images.
    spans = creationSpans(readFileSync(events, "utf8"));
    critical = criticalPath(spans, dependenciesOf(await pulumi.query(["stack", "export"])));
    rmSync(events);
    runs.noChange.push(await up());
    runs.previewAgain.push(await timed(() => operate("preview")));
    const objects = manifestsOf(await pulumi.query(["stack", "export", "--show-secrets"]));
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }), { mode: 0o600 });
    runs.diff.push(await timed(() => diff(file)));
    runs.destroy.push(await destroy());
    const apply = () =>
      timed(async () => {
        await kubectl("apply", "--server-side", "--filename", file);
        for (const [kind, condition] of [
          ["statefulset,deployment", "jsonpath={.status.readyReplicas}"],
          ["job", "condition=Complete"],
        ] as const) {
          await kubectl("wait", kind, "--all", "--all-namespaces", `--for=${condition}`, "--timeout=300s");
        }
      });
    runs.apply.push(await apply());
    runs.applyAgain.push(await apply());
    runs.delete.push(await timed(() => kubectl("delete", "--wait", "--filename", file)));
  }
  const row = (what: string, measured: readonly Measurement[], against?: string): Row => ({
    what,
    summary: summarize(measured),
    ...(against === undefined ? {} : { against }),
  });
  const names = {
    apply: "kubectl apply + wait, new",
    again: "kubectl apply + wait, no change",
    diff: "kubectl diff",
  };
  const rows = [
    row(names.diff, runs.diff),
    row("pulumi preview, no change", runs.previewAgain, names.diff),
    row("pulumi preview, new stack", runs.preview, names.diff),
    row(names.apply, runs.apply),
    row("pulumi up, new stack", runs.create, names.apply),
    row(names.again, runs.applyAgain),
    row("pulumi up, no change", runs.noChange, names.again),
    row("kubectl delete --wait", runs.delete),
    row("pulumi destroy", runs.destroy, "kubectl delete --wait"),
  ];
  const slowest = spans
    .toSorted((a, b) => b.endSeconds - b.startSeconds - (a.endSeconds - a.startSeconds))
    .slice(0, SHOWN_SPANS);
  return { rows, slowest, critical };
}

function renderRows(rows: readonly Row[]): string {
  const secondsOf = new Map(rows.map(({ what, summary }) => [what, summary.median]));
  return [
    "| what | median s | min – max s | peak MiB | ratio |",
    "| --- | ---: | ---: | ---: | --- |",
    ...rows.map(({ what, summary, against }) => {
      const base = against === undefined ? undefined : secondsOf.get(against);
      const ratio = base === undefined ? "" : `${(summary.median / base).toFixed(2)} × ${against ?? ""}`;
      const peak = summary.peakMi === undefined ? "" : summary.peakMi.toFixed(0);
      const spread = `${summary.min.toFixed(2)} – ${summary.max.toFixed(2)}`;
      return `| ${what} | ${summary.median.toFixed(2)} | ${spread} | ${peak} | ${ratio} |`;
    }),
  ].join("\n");
}

/** A stack in its own sandbox, from creation to removal. */
async function benchSandbox(
  context: Context,
  names: { readonly start: string },
  rounds: number,
): Promise<{ readonly sandbox: Row[]; readonly stack: Awaited<ReturnType<typeof benchStack>> }> {
  try {
    context.report.line(`sandbox of stack ${context.stack}`);
    const starts: Measurement[] = [];
    for (let run = 0; run < rounds; run += 1) {
      starts.push({ seconds: (await openSandbox(context)).seconds.cluster });
      await stopStackCluster(context);
      rmSync(context.paths.root, { recursive: true });
    }
    const sandbox = await openSandbox(context);
    const again = await repeat(() => timed(() => openSandbox(context)), rounds);

    context.report.line(`stack ${context.stack}`);
    const stack = await benchStack(sandbox, context.paths.root, rounds);
    await down(context);
    return {
      sandbox: [
        { what: names.start, summary: summarize(starts) },
        { what: "everything checked again", summary: again, against: names.start },
      ],
      stack,
    };
  } finally {
    await stopStackCluster(context);
  }
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "llm-platform-bench-"));
  const contextOf = (stack: string): Context =>
    createContext({ ...process.env, STACK: stack, SANDBOX_STATE_DIR: folder });
  try {
    const dev = contextOf("dev");
    dev.report.line("program");
    const program = await benchProgram();
    const simulated = await benchSandbox(dev, { start: "cluster from nothing to ready" }, 3);
    const problems = await machineProblems();
    if (problems.length > 0) dev.report.line(`no live node on this machine: ${problems.join("; ")}`);
    const live =
      problems.length > 0
        ? undefined
        : await benchSandbox(contextOf("live"), { start: "live node from nothing to Ready" }, 2);
    writeFileSync(PAGE, renderPage(await describeMachine(), program, simulated, live));
    const rows = [
      program,
      simulated.sandbox,
      simulated.stack.rows,
      live?.sandbox ?? [],
      live?.stack.rows ?? [],
    ];
    process.stdout.write(`${rows.map(renderRows).join("\n\n")}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type SandboxRows = Awaited<ReturnType<typeof benchSandbox>>;

function renderPage(
  machine: string,
  program: readonly Row[],
  simulated: SandboxRows,
  live: SandboxRows | undefined,
): string {
  return `<!-- Written by \`npm run bench\`. Do not edit. -->

# Performance

${machine}.

Each row is a whole process that ran several times. A ratio compares two rows of this run. Absolute times depend on the machine.

## The program without an engine

${renderRows(program)}

## The simulated sandbox with built tools

${renderRows(simulated.sandbox)}

## The dev stack, compared with kubectl on the same objects

The API server is real and the nodes are simulated. Pods become ready at once, so these are the times of the tools.

${renderRows(simulated.stack.rows)}
${live === undefined ? "" : renderLive(live)}`;
}

function renderLive({ sandbox, stack }: SandboxRows): string {
  return `
## The live node with built tools and images

${renderRows(sandbox)}

## The dev stack on the live node, compared with kubectl on the same objects

Containers run. \`pulumi up\` waits for a resource before it creates one that cannot start without it. \`kubectl apply\` creates
everything at once, and pods restart until what they need is there.

${renderRows(stack.rows)}

### Critical path of \`pulumi up\`, new stack

Each resource waited for the one above it.

${renderTimeline(stack.critical)}

### Slowest resources

${renderTimeline(stack.slowest)}
`;
}

await main();
