// Two clones that build the same tool share one result: the second waits for the first.
// If two find the same stale lock at the same time, both may build. Each has its own folder, so only time is lost.
import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { isAlive, processIdentity } from "../processes.ts";

/** Takes the lock, or returns the process id of its holder. The lock of an ended process is ignored. */
export async function tryLock(file: string): Promise<{ readonly heldBy: number } | undefined> {
  const holder = await readFile(file, "utf8").catch(() => undefined);
  if (holder !== undefined) {
    if (isAlive(holder)) return { heldBy: Number(holder.split(":")[0]) };
    await rm(file, { force: true });
  }
  // Written first and then linked, so that a lock always contains its holder.
  const own = `${file}-${randomUUID()}`;
  await writeFile(own, processIdentity(process.pid) ?? "");
  try {
    await link(own, file);
    return undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return await tryLock(file);
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

export async function unlock(file: string): Promise<void> {
  await rm(file, { force: true });
}
