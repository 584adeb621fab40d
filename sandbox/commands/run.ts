import { spawn, type StdioOptions } from "node:child_process";
import { constants } from "node:os";
import { redactOutput } from "../redact/output.ts";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}
export interface TerminalOptions extends RunOptions {
  /** An open file that receives the output of the program instead of the terminal. */
  readonly output?: number;
}
export interface Captured {
  readonly code: number;
  readonly stdout: string;
  /** For people: without secrets. */
  readonly stderr: string;
}

/** The exit code if Ctrl-C was pressed while the program ran, whatever its own exit code is. */
export const interrupted = 130;

/** As in shells: 128 + the signal's number if a signal ended the process. */
const exitCodeOf = (code: number | null, signal: NodeJS.Signals | null): number =>
  code ?? 128 + (signal === null ? 0 : constants.signals[signal]);

/**
 * Runs a program on this terminal and returns its exit code. Ctrl-C reaches the program, which is in the same process
 * group. This function waits until the program has ended, so that Pulumi can release its lock. SIGTERM reaches only this
 * process, which forwards it.
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

/** Runs a program and returns its output. The caller checks the exit code. */
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
    child.once("close", (code, signal) =>
      resolve({ code: exitCodeOf(code, signal), stdout: text.stdout, stderr: redactOutput(text.stderr) }),
    );
  });
}
