// Two clones that build the same tool share one result: the second waits for the first.
// Two that find the same stale lock at once may both build; each has a folder of its own, so that the price is time.
import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { isAlive, processIdentity } from "../processes.ts";

/** Takes the lock, or gives the process id that holds it. The lock of a process that is gone counts for nothing. */
export async function tryLock(file: string): Promise<{ readonly heldBy: number } | undefined> {
  const holder = await readFile(file, "utf8").catch(() => undefined);
  if (holder !== undefined) {
    if (isAlive(holder)) return { heldBy: Number(holder.split(":")[0]) };
    await rm(file, { force: true });
  }
  // Written first and linked then: nobody ever reads a lock without its holder.
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
