// The processes of the node. They are restarted when they end, and each has a log with its output.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lastLines } from "../../redact/output.ts";
import type { Component } from "../layout.ts";

const restartAfterMs = 1_000;
const logLines = 5;

export class Processes {
  readonly #running = new Map<string, ChildProcess>();
  readonly #logs: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #ended: (name: string, how: string, times: number) => void;
  /** How often a program has ended, and how it ended last. */
  readonly #failed = new Map<string, { readonly how: string; readonly times: number }>();

  constructor(
    logs: string,
    env: NodeJS.ProcessEnv,
    ended: (name: string, how: string, times: number) => void,
  ) {
    this.#logs = logs;
    this.#env = env;
    this.#ended = ended;
  }

  start(component: Component): void {
    const log = openSync(this.logOf(component.name), "a", 0o600);
    const child = spawn(component.program, component.args, {
      env: this.#env,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#running.set(component.name, child);
    const restart = (how: string): void => {
      const times = (this.#failed.get(component.name)?.times ?? 0) + 1;
      this.#failed.set(component.name, { how, times });
      this.#ended(component.name, how, times);
      setTimeout(() => this.start(component), restartAfterMs);
    };
    child.once("error", (error) => restart(error.message));
    child.once("exit", (code, signal) => restart(signal ?? `exit code ${code ?? "?"}`));
  }

  logOf(name: string): string {
    return join(this.#logs, `${name}.log`);
  }

  /** The programs that have ended, with the last lines of their logs. Empty if none has ended. */
  failures(): string {
    return [...this.#failed]
      .map(([name, { how }]) => {
        const lines = lastLines(readFileSync(this.logOf(name), "utf8"), logLines);
        return [`${name} ended (${how}):`, ...lines.map((line) => `  ${line}`)].join("\n");
      })
      .join("\n");
  }
}
