import { checkout } from "../paths.ts";
import type { Context } from "./context.ts";
import { exitCodes } from "./errors.ts";
import { capture } from "./run.ts";
import { renderDuration } from "./table.ts";
import { testLevel } from "./test-levels.ts";

/** Checks that only read sources: the npm script, and the command that fixes its findings. */
const checks = [
  { script: "format:check", fix: "npm run format:fix" },
  { script: "lint:check", fix: undefined },
  { script: "types:check", fix: undefined },
  { script: "unused:check", fix: "npx knip --fix" },
  { script: "docs:check", fix: "npm run docs:fix" },
] as const;

/** Runs every check, and in parallel the tests that need no tools. Continues after a failed check. */
export async function verify(context: Context): Promise<number> {
  const failed = (await Promise.all([checkSources(context), testSources(context)])).flat();
  process.stdout.write(failed.length === 0 ? "verify: ok\n" : `verify: failed: ${failed.join(", ")}\n`);
  return failed.length === 0 ? exitCodes.done : exitCodes.failed;
}

/** The checks that failed. */
async function checkSources(context: Context): Promise<string[]> {
  const failed: string[] = [];
  for (const { script, fix } of checks) {
    const started = Date.now();
    const done = await capture("npm", ["run", "--silent", script], {
      cwd: checkout,
      env: context.environment,
    });
    if (done.code === 0) {
      process.stdout.write(`${script}: ok (${renderDuration((Date.now() - started) / 1000)})\n`);
      continue;
    }
    failed.push(script);
    const hint = fix === undefined ? "" : `; to fix it: ${fix}`;
    process.stdout.write(`${done.stdout}${done.stderr}${script}: failed${hint}\n`);
  }
  return failed;
}

/** The levels that failed. */
async function testSources(context: Context): Promise<string[]> {
  const failed: string[] = [];
  for (const level of ["unit", "golden"] as const) {
    if (!(await testLevel(context, level, true)).ok) failed.push(level);
  }
  return failed;
}
