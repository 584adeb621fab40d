// Commands inside the node's namespaces.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { StatePaths } from "../paths.ts";
import { wrappers } from "./configuration.ts";
import { inside, liveFiles, liveHome, type Settings } from "./layout.ts";
import { runningRecord } from "./record.ts";

/** The prefix that runs a command inside, with the node's programs and the administrator's kubeconfig. */
export async function insidePrefix(paths: StatePaths): Promise<string[]> {
  const { supervisor } = await runningRecord(paths);
  const settings = JSON.parse(await readFile(liveFiles(liveHome(paths)).settings, "utf8")) as Settings;
  return [
    ...["nsenter", "--target", supervisor.split(":")[0] ?? "", "--mount", "--net", "--pid", "--ipc", "--uts"],
    "env",
    `PATH=${[wrappers, settings.path, process.env["PATH"] ?? ""].join(delimiter)}`,
    `KUBECONFIG=${join(liveFiles(inside).kubeconfigs, "super-admin.conf")}`,
    "HOME=/run/home",
  ];
}

/** Runs a command inside and returns its output. */
export async function captureLive(command: readonly string[], paths: StatePaths): Promise<string> {
  const [program = "", ...args] = [...(await insidePrefix(paths)), ...command];
  return (await promisify(execFile)(program, args, { maxBuffer: 64 * 2 ** 20 })).stdout;
}
