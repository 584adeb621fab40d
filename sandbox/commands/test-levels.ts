import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { ensureNca, ncaProblem } from "../nca.ts";
import { ensureRecipes } from "../live/images/build.ts";
import { recipes } from "../live/images/table.ts";
import { machineProblems } from "../live/preflight.ts";
import { checkout } from "../paths.ts";
import { liveToolNames, testToolNames } from "../tools-catalog.ts";
import { ensureTools } from "../tools.ts";
import { type Context, sandboxesFolder } from "./context.ts";
import { exitCodes } from "./errors.ts";
import { run } from "./run.ts";
import { renderDuration } from "./table.ts";

/** What `make test` runs; `live` only where the machine can carry a node. */
export const levels = ["unit", "golden", "policy", "e2e", "live"] as const;
export type Level = (typeof levels)[number];

const countsSchema = z.object({ passed: z.number(), failed: z.number(), skipped: z.number() });
const resultSchema = countsSchema.extend({ ok: z.boolean(), seconds: z.number() });
export type LevelResult = z.infer<typeof resultSchema>;

/** What one run of `make` has tested so far: `make verify test` runs each level once. */
const recordSchema = z.object({ run: z.string(), results: z.record(z.string(), resultSchema) });

/** A run that wrote no counts, or found no test, has failed, whatever its exit code says. */
export function judge(exitCode: number, countsText: string | undefined, seconds: number): LevelResult {
  const counts = countsText === undefined ? undefined : countsSchema.parse(JSON.parse(countsText));
  if (counts === undefined || counts.passed + counts.failed + counts.skipped === 0) {
    return { passed: 0, failed: 1, skipped: 0, ok: false, seconds };
  }
  return { ...counts, ok: exitCode === 0 && counts.failed === 0, seconds };
}

export function renderTotal(results: readonly LevelResult[]): string {
  const sum = (pick: (result: LevelResult) => number): number =>
    results.reduce((n, result) => n + pick(result), 0);
  const skipped = sum((result) => result.skipped);
  const told = `${sum((result) => result.passed)} passed, ${sum((result) => result.failed)} failed`;
  return skipped === 0 ? told : `${told}, ${skipped} skipped`;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

async function runLevel(context: Context, level: Level): Promise<LevelResult> {
  // Here, with its progress, and not inside a test's time-out.
  if (level === "e2e") {
    await ensureTools(["kubernetes", "pulumi", "kwok", "helm"], context.report, context.environment);
  }
  if (level === "live") {
    await ensureTools(
      ["kubernetes", "pulumi", "kwok", ...liveToolNames],
      context.report,
      context.environment,
    );
    await ensureRecipes(Object.values(recipes), context.report, context.environment);
  }
  if (level === "policy") {
    await ensureTools(testToolNames, context.report, context.environment);
    const problem = await ncaProblem(context.environment);
    if (problem === undefined) await ensureNca(context.report, context.environment);
    else context.report.line(`policy: tests by nca are skipped: ${problem}`);
  }
  const folder = mkdtempSync(join(tmpdir(), "llm-platform-test-"));
  const file = join(folder, "result.json");
  const started = Date.now();
  try {
    const env = { ...context.environment, TEST_RESULT: file };
    const exitCode = await run("npm", ["run", "--silent", `test:${level}`], { cwd: checkout, env });
    return judge(exitCode, readIfThere(file), (Date.now() - started) / 1000);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a level, or takes its result when this run of `make` has one already. */
export async function testLevel(context: Context, level: Level): Promise<LevelResult> {
  const file = join(sandboxesFolder(context.environment), ".tests.json");
  const makeRun = context.environment["MAKE_RUN"] ?? "";
  const text = readIfThere(file);
  const record = text === undefined ? undefined : recordSchema.parse(JSON.parse(text));
  const before = record?.run === makeRun && makeRun !== "" ? record.results : {};
  const known = before[level];
  const result = known ?? (await runLevel(context, level));
  const note = known === undefined ? renderDuration(result.seconds) : "as above";
  process.stdout.write(`${level}: ${renderTotal([result])} (${note})\n`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ run: makeRun, results: { ...before, [level]: result } }));
  return result;
}

const exitCodeOf = (results: readonly LevelResult[]): number =>
  results.every(({ ok }) => ok) ? exitCodes.done : exitCodes.failed;

/** A level that this machine cannot run counts as one skipped test, and says why. */
async function testOrSkip(context: Context, level: Level): Promise<LevelResult> {
  const problems = level === "live" ? await machineProblems() : [];
  if (problems.length === 0) return testLevel(context, level);
  process.stdout.write(`live: skipped, this machine lacks: ${problems.join("; ")}\n`);
  return { passed: 0, failed: 0, skipped: 1, ok: true, seconds: 0 };
}

export async function testAll(context: Context): Promise<number> {
  const results: LevelResult[] = [];
  for (const level of levels) results.push(await testOrSkip(context, level));
  // `.ci/run` has the total as its own last line, after what make says about a failure.
  const totalFile = context.environment["TEST_TOTAL"];
  if (totalFile) writeFileSync(totalFile, renderTotal(results));
  else process.stdout.write(`${renderTotal(results)}\n`);
  return exitCodeOf(results);
}

/** The command that runs one level alone. */
export const testOne =
  (level: Level) =>
  async (context: Context): Promise<number> =>
    exitCodeOf([await testLevel(context, level)]);
