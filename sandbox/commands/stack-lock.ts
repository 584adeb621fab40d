import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { StatePaths } from "../paths.ts";
import type { Context } from "./context.ts";
import { CommandError } from "./errors.ts";
import type { Pulumi } from "./pulumi.ts";
import { projectName } from "./stack-state.ts";

/** The holder of a lock, in the format of Pulumi's file backend. */
const lockSchema = z.object({ pid: z.number(), hostname: z.string() });
export type StackLock = z.infer<typeof lockSchema>;

/** The locks of a stack. A `pulumi` that was killed leaves its lock behind. */
export function readLocks(paths: StatePaths, project: string, stack: string): StackLock[] {
  const folder = join(paths.pulumiState, ".pulumi", "locks", "organization", project, stack);
  if (!existsSync(folder)) return [];
  // The storage library writes an ".attrs" file next to each lock.
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return files.map((file) => lockSchema.parse(JSON.parse(readFileSync(join(folder, file), "utf8"))));
}

/** The command name of a process, or undefined if it has ended. A zombie has ended. */
function commandOf(pid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return /^State:\s+Z/m.test(status) ? undefined : /^Name:\s+(.*)$/m.exec(status)?.[1];
  } catch {
    return undefined;
  }
}

/**
 * Whether the holder of a lock is still running. Process ids are reused, so a live process counts only if it is a
 * `pulumi`. The processes of another machine are unknown, so their locks are kept.
 */
export function isHeld(
  lock: StackLock,
  thisHost: string = hostname(),
  command: (pid: number) => string | undefined = commandOf,
): boolean {
  return lock.hostname !== thisHost || command(lock.pid)?.startsWith("pulumi") === true;
}

/** @throws CommandError if an update of this stack is running. */
export function refuseWhenHeld(context: Context): void {
  const held = readLocks(context.paths, projectName(), context.stack).find((lock) => isHeld(lock));
  if (held === undefined) return;
  throw new CommandError(`another update of stack ${context.stack} is running`, {
    where: `process ${held.pid} on ${held.hostname}`,
    why: "two updates at the same time would undo each other",
    fix: "wait until it has ended, or stop it, and run the command again",
  });
}

/** Removes the lock that a killed `pulumi` left, only if its holder has ended. */
export async function freeStack(context: Context, pulumi: Pulumi): Promise<void> {
  refuseWhenHeld(context);
  if (readLocks(context.paths, projectName(), context.stack).length === 0) return;
  context.report.line(
    "an interrupted update left the stack locked; its process has ended, so the lock is removed",
  );
  await pulumi.query(["cancel", "--yes"]);
}
