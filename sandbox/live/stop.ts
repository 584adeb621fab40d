import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type StatePaths, statePaths } from "../paths.ts";
import { isAlive } from "../processes.ts";
import { removeGroups } from "./cgroups.ts";
import { cgroupName, liveHome } from "./layout.ts";
import { readRecord } from "./record.ts";

/** Stops everything inside and waits until it has ended. */
export async function endProcesses(paths: StatePaths): Promise<void> {
  const record = await readRecord(liveHome(paths));
  const identities = record === undefined ? [] : [record.supervisor, record.unshare];
  for (const identity of identities) {
    // When the first process of a process namespace ends, the kernel ends all the others.
    if (isAlive(identity)) process.kill(Number(identity.split(":")[0]), "SIGKILL");
  }
  while (identities.some(isAlive)) await sleep(20);
  await removeGroups(cgroupName(paths));
}

/** Stops the node and removes its data. A missing node is no error. */
export async function stopLive(paths: StatePaths = statePaths()): Promise<void> {
  await endProcesses(paths);
  await rm(paths.kubeconfig, { force: true });
  await rm(liveHome(paths), { recursive: true, force: true });
}
