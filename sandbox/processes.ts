// Process ids are used again after a crash or a reboot: a process is told by its id and its start time together.
import { readFileSync } from "node:fs";

/**
 * `pid:start time`, or undefined when the process is gone. A zombie (it stays for seconds after a kill) is gone once
 * it has no other thread: until then, its ports and files are open.
 */
export function processIdentity(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The second field is the command in parentheses, and may hold spaces and parentheses itself.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [threads, , startTime] = rest.slice(16);
  const gone = state === "X" || (state === "Z" && Number(threads) <= 1);
  return gone || startTime === undefined ? undefined : `${pid}:${startTime}`;
}

export function isAlive(identity: string): boolean {
  return processIdentity(Number(identity.split(":")[0])) === identity;
}
