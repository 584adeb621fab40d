import { checkout } from "../paths.ts";
import type { Context } from "./context.ts";
import { exitCodes } from "./errors.ts";
import { capture } from "./run.ts";
import { renderDuration } from "./table.ts";
import { testLevel } from "./test-levels.ts";

/** Checks that read sources only: the npm script, and the command that mends what it finds. */
const checks = [
  { script: "format:check", fix: "npm run format:fix" },
  { script: "lint:check", fix: undefined },
  { script: "types:check", fix: undefined },
  { script: "unused:check", fix: "npx knip --fix" },
  { script: "docs:check", fix: "npm run docs:fix" },
] as const;

/** Runs every check, also after one has failed: all that is wrong is told at once. */
export async function verify(context: Context): Promise<number> {
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
    process.stdout.write(
      `${done.stdout}${done.stderr}${script}: failed${fix === undefined ? "" : `; ${fix} mends it`}\n`,
    );
  }
  for (const level of ["unit", "golden"] as const) {
    if (!(await testLevel(context, level)).ok) failed.push(level);
  }
  process.stdout.write(failed.length === 0 ? "verify: ok\n" : `verify: failed: ${failed.join(", ")}\n`);
  return failed.length === 0 ? exitCodes.done : exitCodes.failed;
}
