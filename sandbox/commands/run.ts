import { spawn, type StdioOptions } from "node:child_process";
import { constants } from "node:os";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}
export interface TerminalOptions extends RunOptions {
  /** An open file that gets what the program writes, in place of the terminal. */
  readonly output?: number;
}
export interface Captured {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The exit code of a program during which somebody pressed Ctrl-C, whatever the program made of it. */
export const interrupted = 130;

/** As shells have it: a process that a signal ended counts as 128 + the signal's number. */
const exitCodeOf = (code: number | null, signal: NodeJS.Signals | null): number =>
  code ?? 128 + (signal === null ? 0 : constants.signals[signal]);

/**
 * Runs a program on our own terminal and gives its exit code. Ctrl-C reaches the program itself (same process group);
 * we stay until it has ended, so that Pulumi can release its lock. SIGTERM reaches only us, so it is handed on.
 */
export async function run(
  file: string,
  args: readonly string[],
  { output, ...options }: TerminalOptions = {},
): Promise<number> {
  const stdio: StdioOptions = output === undefined ? "inherit" : ["ignore", output, output];
  const child = spawn(file, args, { ...options, stdio });
  let wasInterrupted = false;
  const stay = (): void => void (wasInterrupted = true);
  const handOn = (): void => void child.kill("SIGTERM");
  process.on("SIGINT", stay).on("SIGTERM", handOn).on("SIGHUP", handOn);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(wasInterrupted ? interrupted : exitCodeOf(code, signal)));
    });
  } finally {
    process.off("SIGINT", stay).off("SIGTERM", handOn).off("SIGHUP", handOn);
  }
}

/** Runs a program and gives what it wrote; the caller judges the exit code. */
export async function capture(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Captured> {
  const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text.stderr += chunk));
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code: exitCodeOf(code, signal), ...text }));
  });
}
