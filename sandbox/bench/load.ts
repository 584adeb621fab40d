// Load on a server, and what its processes used for it.
import { readdirSync, readFileSync } from "node:fs";
import { createHistogram } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds that a request took, by percentile. */
  readonly milliseconds: (percentile: number) => number;
}

/**
 * Clients that each send the next request when the last one is answered.
 * @param perSecond at most so many requests together
 */
export async function loadOf(
  request: () => Promise<void>,
  { clients, seconds, perSecond }: { clients: number; seconds: number; perSecond?: number },
): Promise<LoadResult> {
  const histogram = createHistogram();
  const started = performance.now();
  const end = started + seconds * 1000;
  let requests = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      if (perSecond !== undefined) {
        const due = started + (requests / perSecond) * 1000;
        await sleep(Math.max(0, due - performance.now()));
      }
      requests += 1;
      const sent = performance.now();
      await request();
      histogram.record(Math.max(1, Math.round((performance.now() - sent) * 1000)));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return {
    requests,
    seconds: (performance.now() - started) / 1000,
    milliseconds: (percentile) => histogram.percentile(percentile) / 1000,
  };
}

/** What the processes of a group have used so far, and hold now. */
export function usageOf(group: number): { readonly cpuSeconds: number; readonly memoryMi: number } {
  let [ticks, kilobytes] = [0, 0];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      // The name, in parentheses, may contain spaces. Fields: proc_pid_stat(5).
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      if (Number(fields[2]) !== group) continue;
      ticks += Number(fields[11]) + Number(fields[12]);
      kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    } catch {
      // It has ended.
    }
  }
  return { cpuSeconds: ticks / TICKS_PER_SECOND, memoryMi: kilobytes / 1024 };
}

/** USER_HZ, which is 100 on every architecture of Debian: https://man7.org/linux/man-pages/man7/time.7.html */
const TICKS_PER_SECOND = 100;
