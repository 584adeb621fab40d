// Two clones that build the same tool share one result: the second waits for the first.
// Losing the race for a stale lock costs a second build, never a wrong result: results are moved into place whole.
import { readFile, rm, writeFile } from "node:fs/promises";
import { isAlive, processIdentity } from "./processes.ts";

/** Who holds the lock, or undefined when it is free or its holder is gone. */
async function holder(file: string): Promise<string | undefined> {
  const identity = await readFile(file, "utf8").catch(() => undefined);
  return identity !== undefined && isAlive(identity) ? identity : undefined;
}

/** Takes the lock, or gives the process id that holds it. */
export async function tryLock(file: string): Promise<{ readonly heldBy: number } | undefined> {
  const other = await holder(file);
  if (other !== undefined) return { heldBy: Number(other.split(":")[0]) };
  await rm(file, { force: true });
  try {
    await writeFile(file, processIdentity(process.pid) ?? "", { flag: "wx" });
    return undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return tryLock(file);
    throw error;
  }
}

export async function unlock(file: string): Promise<void> {
  await rm(file, { force: true });
}
