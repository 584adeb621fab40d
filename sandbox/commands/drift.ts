import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Context, makeCommand } from "./context.ts";
import { readDrift, renderDrift } from "./drift-report.ts";
import { CommandError, exitCodes } from "./errors.ts";
import { openSandbox } from "./sandbox.ts";
import { stackExists } from "./stack-state.ts";

/** Pulumi's exit code if `--expect-no-changes` finds a change. */
const changesFound = 7;

/** Lists the differences between the cluster and the last update. Changes neither of them. */
export async function drift(context: Context): Promise<number> {
  if (!stackExists(context)) {
    throw new CommandError(`stack ${context.stack} is not up`, {
      why: "only a deployed stack can drift",
      fix: `run \`${makeCommand(context, "up")}\` first`,
    });
  }
  const { pulumi } = await openSandbox(context);
  const eventLog = join(context.paths.logs, "drift-events.json");
  rmSync(eventLog, { force: true });
  const flags = ["--preview-only", "--expect-no-changes", "--event-log", eventLog];
  const done = await pulumi.operateQuietly("refresh", ...flags);
  if (done.code !== 0 && done.code !== changesFound) {
    throw new CommandError("the cluster could not be compared with the last update", {
      where: `stack ${context.stack}`,
      why: (done.stdout + done.stderr).trim(),
      fix: `remove the cause, or run \`${makeCommand(context, "up")}\``,
    });
  }
  const found = readDrift(readFileSync(eventLog, "utf8"));
  rmSync(eventLog);
  if (done.code === 0 && found.length === 0) {
    process.stdout.write("no drift: the cluster matches the last update\n");
    return exitCodes.done;
  }
  const objects = new Set(found.map(({ resource }) => resource)).size;
  process.stdout.write(
    `${renderDrift(found)}\n\n${objects} objects differ. \`${makeCommand(context, "up")}\` repairs them. \`${makeCommand(context, "preview")}\` shows the changes\n`,
  );
  return exitCodes.drift;
}
