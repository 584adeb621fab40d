// Removes a node's groups from the host's cgroups. Only they do not end with its namespaces.
import { existsSync } from "node:fs";
import { readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cgroupHierarchies } from "./machine-facts.ts";

const patienceSeconds = 20;

export async function removeGroups(name: string): Promise<void> {
  for (const hierarchy of cgroupHierarchies()) await removeGroup(join(hierarchy, name));
}

async function removeGroup(group: string): Promise<void> {
  if (!existsSync(group)) return;
  for (const entry of await readdir(group, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeGroup(join(group, entry.name));
  }
  // A killed process stays in its group until the kernel has removed it.
  const deadline = Date.now() + patienceSeconds * 1000;
  for (;;) {
    try {
      await rmdir(group);
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        const processes = (await readFile(join(group, "cgroup.procs"), "utf8")).trim().split("\n").join(", ");
        throw new Error(
          `The group ${group} cannot be removed: ${String(error)}. Its processes: ${processes}`,
          {
            cause: error,
          },
        );
      }
      await sleep(20);
    }
  }
}
