import { spawn } from "node:child_process";

/** One run of a whole process. */
export interface Measurement {
  readonly seconds: number;
  /** Largest resident set of the process itself, in MiB; only for Node programs. */
  readonly peakMi?: number;
}

/** Median and spread of several runs. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly peakMi: number | undefined;
}

/** Times one piece of work. */
export async function timed(work: () => Promise<unknown>): Promise<Measurement> {
  const started = process.hrtime.bigint();
  await work();
  return { seconds: Number(process.hrtime.bigint() - started) / 1e9 };
}

/**
 * Runs a Node program that prints nothing. @returns its wall time and peak memory
 *
 * @throws Error with the output of the program if it fails.
 */
export async function timedNode(program: string, env: NodeJS.ProcessEnv = process.env): Promise<Measurement> {
  const report = 'process.on("exit", () => console.log(process.resourceUsage().maxRSS));';
  const preload = `--import=data:text/javascript,${encodeURIComponent(report)}`;
  const started = process.hrtime.bigint();
  const child = spawn(process.execPath, [preload, "--input-type=module-typescript", "--eval", program], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (code !== 0) throw new Error(`the measured program failed: ${errors}`);
  return { seconds, peakMi: Number(out.trim().split("\n").at(-1)) / 1024 };
}

/** The median and the spread of several runs. */
export function summarize(runs: readonly Measurement[]): Summary {
  const seconds = runs.map((run) => run.seconds).sort((a, b) => a - b);
  const peaks = runs.flatMap((run) => run.peakMi ?? []).sort((a, b) => a - b);
  const middle = (values: readonly number[]): number | undefined => {
    const [low, high] = [values[Math.floor((values.length - 1) / 2)], values[Math.floor(values.length / 2)]];
    return low === undefined || high === undefined ? undefined : (low + high) / 2;
  };
  return {
    median: middle(seconds) ?? NaN,
    min: seconds[0] ?? NaN,
    max: seconds.at(-1) ?? NaN,
    peakMi: middle(peaks),
  };
}
