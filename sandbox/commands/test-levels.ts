import { randomInt } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { ensureChromium } from "../tools/chromium.ts";
import { ensureNca, ncaProblem } from "../tools/nca.ts";
import { ensureZizmor, zizmorNeeds } from "../tools/zizmor.ts";
import { ensureRecipes } from "../live/images/build.ts";
import { recipes } from "../live/images/table.ts";
import { machineProblems } from "../live/preflight.ts";
import { checkout } from "../paths.ts";
import { liveToolNames, testToolNames } from "../tools/catalog.ts";
import { ensureTools } from "../tools/ensure.ts";
import { type Context, sandboxesFolder } from "./context.ts";
import { exitCodes } from "./errors.ts";
import { run } from "./run.ts";
import { renderDuration } from "./table.ts";
import { renderTimes } from "./test-times.ts";

/** The levels of `make test` and `make test-all`. `live` runs only if the machine can run a node. */
export const levels = ["unit", "golden", "policy", "e2e", "live"] as const;
export type Level = (typeof levels)[number];

const countsSchema = z.object({
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  /** Seconds by file. */
  files: z.record(z.string(), z.number()),
  /** Title and first line of the message of each failed test. */
  failures: z.array(z.string()),
});
const resultSchema = countsSchema.extend({ ok: z.boolean(), seconds: z.number() });
export type LevelResult = z.infer<typeof resultSchema>;

/** The results of one run of `make`, so that `make verify test` runs each level once. */
const recordSchema = z.object({ run: z.string(), results: z.record(z.string(), resultSchema) });

/** A run that wrote no counts or found no test has failed, whatever its exit code is. */
export function judge(exitCode: number, countsText: string | undefined, seconds: number): LevelResult {
  const counts = countsText === undefined ? undefined : countsSchema.parse(JSON.parse(countsText));
  if (counts === undefined || counts.passed + counts.failed + counts.skipped === 0) {
    const failures = [`no test ran to its end (exit code ${exitCode})`];
    return { passed: 0, failed: 1, skipped: 0, files: {}, failures, ok: false, seconds };
  }
  return { ...counts, ok: exitCode === 0 && counts.failed === 0, seconds };
}

export function renderTotal(results: readonly LevelResult[]): string {
  const sum = (pick: (result: LevelResult) => number): number =>
    results.reduce((n, result) => n + pick(result), 0);
  const skipped = sum((result) => result.skipped);
  const counts = `${sum((result) => result.passed)} passed, ${sum((result) => result.failed)} failed`;
  return skipped === 0 ? counts : `${counts}, ${skipped} skipped`;
}

/** The failures of all levels again, at the end: a log of CI is often read from its end. */
export function renderFailures(
  results: readonly { readonly level: string; readonly failures: readonly string[] }[],
): string {
  return results
    .flatMap(({ level, failures }) => failures.map((failure) => `FAILED ${level}: ${failure}\n`))
    .join("");
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** The policy engines, and the servers whose files they check. */
const policyTools = ["kubernetes", "kwok", "helm", "crane", "nats-server", "etcd", ...testToolNames] as const;

/** Builds the tools before the tests, with progress output and outside the time-outs of the tests. */
async function prepare(context: Context, level: Level): Promise<void> {
  const { environment, report } = context;
  if (level === "e2e")
    await ensureTools(["kubernetes", "pulumi", "kwok", "helm", "kueue"], report, environment);
  if (level === "live") {
    await ensureTools(["kubernetes", "pulumi", "kwok", ...liveToolNames], report, environment);
    await ensureRecipes(Object.values(recipes), report, environment);
    await ensureChromium(report, environment);
  }
  if (level === "policy") {
    await ensureTools(policyTools, report, environment);
    const problem = await ncaProblem(environment);
    if (problem === undefined) await ensureNca(report, environment);
    else report.line(`policy: tests by nca are skipped: ${problem}`);
    if ((await ensureZizmor(report, environment)) === undefined)
      report.line(`policy: tests by zizmor are skipped: it ${zizmorNeeds}`);
  }
}

/** One seed for all levels of a run, so that `SEED=n` repeats all their samples (see test/depth.ts). */
const drawn = String(randomInt(1_000_000));
const seedOf = ({ environment }: Context): string => environment["SEED"] || drawn;

/** @param isBeside another level uses the terminal, so this level prints its output when it has ended */
async function runLevel(context: Context, level: Level, isBeside: boolean): Promise<LevelResult> {
  const folder = mkdtempSync(join(tmpdir(), "llm-platform-test-"));
  const file = join(folder, "result.json");
  const text = join(folder, "output");
  const output = isBeside ? openSync(text, "w") : undefined;
  const started = Date.now();
  try {
    const env = { ...context.environment, SEED: seedOf(context), TEST_RESULT: file };
    const exitCode = await run("npm", ["run", "--silent", `test:${level}`], {
      cwd: checkout,
      env,
      ...(output === undefined ? {} : { output }),
    });
    return judge(exitCode, readIfThere(file), (Date.now() - started) / 1000);
  } finally {
    if (output !== undefined) {
      closeSync(output);
      process.stdout.write(readFileSync(text));
    }
    rmSync(folder, { recursive: true });
  }
}

const recordFile = (context: Context): string => join(sandboxesFolder(context.environment), ".tests.json");

/** The results of this run of `make` so far. */
function resultsSoFar(context: Context): Readonly<Record<string, LevelResult>> {
  const makeRun = context.environment["MAKE_RUN"] ?? "";
  const text = readIfThere(recordFile(context));
  const record = text === undefined ? undefined : recordSchema.parse(JSON.parse(text));
  return record?.run === makeRun && makeRun !== "" ? record.results : {};
}

/** Runs a level, or returns the result that this run of `make` already has. */
export async function testLevel(context: Context, level: Level, isBeside = false): Promise<LevelResult> {
  const known = resultsSoFar(context)[level];
  if (known === undefined) await prepare(context, level);
  const result = known ?? (await runLevel(context, level, isBeside));
  const note = known === undefined ? renderDuration(result.seconds) : "as above";
  process.stdout.write(`${level}: ${renderTotal([result])} (${note})\n`);
  const file = recordFile(context);
  mkdirSync(dirname(file), { recursive: true });
  const results = { ...resultsSoFar(context), [level]: result };
  writeFileSync(file, JSON.stringify({ run: context.environment["MAKE_RUN"] ?? "", results }));
  return result;
}

const exitCodeOf = (results: readonly LevelResult[]): number =>
  results.every(({ ok }) => ok) ? exitCodes.done : exitCodes.failed;

/** A level that this machine cannot run counts as one skipped test. The output says why. */
function skipLive(problems: readonly string[]): LevelResult {
  process.stdout.write(`live: skipped, this machine lacks: ${problems.join("; ")}\n`);
  return { passed: 0, failed: 0, skipped: 1, files: {}, failures: [], ok: true, seconds: 0 };
}

export async function testAll(context: Context): Promise<number> {
  const results: Partial<Record<Level, LevelResult>> = {};
  const runOne = async (level: Level, isBeside = false): Promise<void> => {
    results[level] = await testLevel(context, level, isBeside);
  };
  await Promise.all([runOne("unit"), runOne("golden", true)]);
  const lacking = await machineProblems();
  const beside: readonly Level[] = lacking.length > 0 ? ["policy"] : ["policy", "live"];
  // These levels mostly wait, so they run in parallel. All tools are built before, so that no test waits for a compiler.
  for (const level of [...beside, "e2e"] as const) await prepare(context, level);
  context.report.line(
    `${beside.join(" and ")}: in parallel with e2e; the output follows at the end of each level`,
  );
  await Promise.all([runOne("e2e"), ...beside.map((level) => runOne(level, true))]);
  if (lacking.length > 0) results.live = skipLive(lacking);
  const ran = levels.flatMap((level) => (results[level] === undefined ? [] : [{ level, ...results[level] }]));
  process.stdout.write(`\n${renderTimes(ran)}\n\n${renderFailures(ran)}`);
  // `.ci/run` prints the total as its last line, after the output of make about a failure.
  const totalFile = context.environment["TEST_TOTAL"];
  if (totalFile) writeFileSync(totalFile, renderTotal(ran));
  else process.stdout.write(`${renderTotal(ran)}\n`);
  return exitCodeOf(ran);
}

/** The command that runs only one level. */
export const testOne =
  (level: Level) =>
  async (context: Context): Promise<number> =>
    exitCodeOf([await testLevel(context, level)]);
