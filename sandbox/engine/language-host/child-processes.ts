import { spawn } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The processes that the language host has started. They must end with it. */
export class ChildProcesses {
  private readonly running = new Set<ChildProcess>();

  get size(): number {
    return this.running.size;
  }

  /** Resolves when the process has ended and its output is complete. */
  run(
    command: string,
    args: readonly string[],
    options: SpawnOptions,
    onStart?: (child: ChildProcess) => void,
  ): Promise<Ending> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, options);
      this.running.add(child);
      child.on("error", (error) => {
        this.running.delete(child);
        reject(new Error(`cannot run ${command}: ${error.message}`));
      });
      child.on("close", (code, signal) => {
        this.running.delete(child);
        resolve({ code, signal });
      });
      onStart?.(child);
    });
  }

  /** A program has no state to save, because the engine has everything that it registered. */
  killAll(): void {
    for (const child of this.running) child.kill("SIGKILL");
  }
}
