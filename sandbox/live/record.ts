// The processes of a sandbox's live node.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import type { StatePaths } from "../paths.ts";
import { isAlive } from "../processes.ts";
import { type LiveRecord, liveFiles, liveHome } from "./layout.ts";

export async function readRecord(home: string): Promise<LiveRecord | undefined> {
  const { record } = liveFiles(home);
  return existsSync(record) ? (JSON.parse(await readFile(record, "utf8")) as LiveRecord) : undefined;
}

export async function writeRecord(home: string, record: LiveRecord): Promise<void> {
  await writeFile(liveFiles(home).record, JSON.stringify(record));
}

/** @throws Error if the node does not run. */
export async function runningRecord(paths: StatePaths): Promise<LiveRecord> {
  const record = await readRecord(liveHome(paths));
  if (record === undefined || !isAlive(record.supervisor))
    throw new Error("The live node does not run. To start it: make live");
  return record;
}
