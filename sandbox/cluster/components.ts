// The processes of the cluster. They are found by their command line in /proc, not by pid files: these are wrong
// after a reboot (another program may have the number) and missing if the state folder was removed.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, processIdentity } from "../processes.ts";
import { lastLines } from "../redact/output.ts";
import type { ClusterFiles, ComponentName } from "./layout.ts";
import { componentNames } from "./layout.ts";

export interface RunningProcess<N extends string = string> {
  readonly name: N;
  readonly pid: number;
  readonly identity: string;
}

function executable(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0];
  } catch {
    return undefined;
  }
}

/** Every living process that was started as `<home>/bin/<component>`: a path that only this cluster has. */
export function findComponents(files: ClusterFiles): RunningProcess<ComponentName>[] {
  return findProcesses(new Map(componentNames.map((name) => [join(files.bin, name), name])));
}

/** Every living process whose command line begins with one of the paths, with the name of its path. */
export function findProcesses<N extends string>(names: ReadonlyMap<string, N>): RunningProcess<N>[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      const name = names.get(executable(pid) ?? "");
      const identity = name === undefined ? undefined : processIdentity(Number(pid));
      return name === undefined || identity === undefined ? [] : [{ name, identity, pid: Number(pid) }];
    });
}

const graceMs = 5_000;

function signal({ pid, identity }: RunningProcess, name: NodeJS.Signals): void {
  try {
    if (isAlive(identity)) process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Ends the processes and waits until they are gone. etcd may finish what it writes; the others keep nothing. */
export async function endComponents(components: readonly RunningProcess[]): Promise<void> {
  for (const component of components.toReversed()) {
    signal(component, component.name === "etcd" ? "SIGTERM" : "SIGKILL");
    // A stopped process only hears SIGTERM once it goes on.
    signal(component, "SIGCONT");
  }
  const deadline = Date.now() + graceMs;
  let left = components.filter(({ identity }) => isAlive(identity));
  while (left.length > 0) {
    if (Date.now() > deadline) for (const component of left) signal(component, "SIGKILL");
    await sleep(20);
    left = left.filter(({ identity }) => isAlive(identity));
  }
}

/** What a component has said since its start; empty when it said nothing. */
export function readLog(files: ClusterFiles, name: ComponentName): string {
  const file = join(files.logs, `${name}.log`);
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd() : "";
}

const shownLines = 5;

/** The end of a component's log, for an error message. */
export function lastLogLines(files: ClusterFiles, name: ComponentName): string {
  return lastLines(readLog(files, name), shownLines)
    .map((line) => `  ${line}`)
    .join("\n");
}
