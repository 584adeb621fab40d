// Process ids are reused, so a process is identified by its id and its start time.
import { readFileSync } from "node:fs";

/**
 * `pid:start time`, or undefined if the process has ended. A zombie, which can stay for seconds after a kill, has ended
 * when it has no other thread. Until then its ports and files are open.
 */
export function processIdentity(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The second field is the command in parentheses. It can contain spaces and parentheses.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [threads, , startTime] = rest.slice(16);
  const gone = state === "X" || (state === "Z" && Number(threads) <= 1);
  return gone || startTime === undefined ? undefined : `${pid}:${startTime}`;
}

export function isAlive(identity: string): boolean {
  return processIdentity(Number(identity.split(":")[0])) === identity;
}
