import { type StatePaths, statePaths } from "../paths.ts";
import { isAlive } from "../processes.ts";
import { captureLive } from "./enter.ts";
import { liveHome } from "./layout.ts";
import { readRecord } from "./record.ts";

export interface LiveStatus {
  readonly running: boolean;
  /** From the API server. False if it does not answer. */
  readonly nodeReady: boolean;
}

export async function liveStatus(paths: StatePaths = statePaths()): Promise<LiveStatus> {
  const record = await readRecord(liveHome(paths));
  if (record === undefined || !isAlive(record.supervisor)) return { running: false, nodeReady: false };
  const jsonpath = '{.status.conditions[?(@.type=="Ready")].status}';
  const node = await captureLive(
    ["kubectl", "get", "node", "live", "-o", `jsonpath=${jsonpath}`],
    paths,
  ).catch(() => "");
  return { running: true, nodeReady: node === "True" };
}
