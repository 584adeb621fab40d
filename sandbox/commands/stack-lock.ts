import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { StatePaths } from "../paths.ts";
import type { Context } from "./context.ts";
import { CommandError } from "./errors.ts";
import type { Pulumi } from "./pulumi.ts";
import { projectName } from "./stack-state.ts";

/** Who holds a lock of Pulumi's file backend; the backend's own format. */
const lockSchema = z.object({ pid: z.number(), hostname: z.string() });
export type StackLock = z.infer<typeof lockSchema>;

/** The locks of a stack; a `pulumi` that was killed leaves its own behind. */
export function readLocks(paths: StatePaths, project: string, stack: string): StackLock[] {
  const folder = join(paths.pulumiState, ".pulumi", "locks", "organization", project, stack);
  if (!existsSync(folder)) return [];
  // Beside each lock lies an ".attrs" file of the storage library.
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return files.map((file) => lockSchema.parse(JSON.parse(readFileSync(join(folder, file), "utf8"))));
}

/** Command name of a process, or undefined when it has ended; a zombie has. */
function commandOf(pid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return /^State:\s+Z/m.test(status) ? undefined : /^Name:\s+(.*)$/m.exec(status)?.[1];
  } catch {
    return undefined;
  }
}

/**
 * Whether the holder of a lock is still at work. Process ids are used again, so a live process counts only if it is a
 * `pulumi`; of another machine's processes nothing is known, and unknown means: keep the lock.
 */
export function isHeld(
  lock: StackLock,
  thisHost: string = hostname(),
  command: (pid: number) => string | undefined = commandOf,
): boolean {
  return lock.hostname !== thisHost || command(lock.pid)?.startsWith("pulumi") === true;
}

/** @throws CommandError when an update of this stack is at work. */
export function refuseWhenHeld(context: Context): void {
  const held = readLocks(context.paths, projectName(), context.stack).find((lock) => isHeld(lock));
  if (held === undefined) return;
  throw new CommandError(`another update of stack ${context.stack} is at work`, {
    where: `process ${held.pid} on ${held.hostname}`,
    why: "two updates at a time would undo each other",
    fix: "wait until it has ended, or stop it, and run the command again",
  });
}

/** A `pulumi` that was killed leaves its lock; it is only taken away when its holder is gone. */
export async function freeStack(context: Context, pulumi: Pulumi): Promise<void> {
  refuseWhenHeld(context);
  if (readLocks(context.paths, projectName(), context.stack).length === 0) return;
  context.report.line(
    "an update was interrupted and left the stack locked: its process is gone, so the lock is removed",
  );
  await pulumi.query(["cancel", "--yes"]);
}
