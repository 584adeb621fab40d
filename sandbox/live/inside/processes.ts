// The processes of the node: started once, started again when they end, their output in one log each.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Component } from "../layout.ts";

const restartAfterMs = 1_000;

export class Processes {
  readonly #running = new Map<string, ChildProcess>();
  readonly #logs: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #ended: (component: Component, how: string) => void;
  #stopping = false;

  constructor(logs: string, env: NodeJS.ProcessEnv, ended: (component: Component, how: string) => void) {
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
      if (this.#stopping) return;
      this.#ended(component, how);
      setTimeout(() => {
        if (!this.#stopping) this.start(component);
      }, restartAfterMs);
    };
    child.once("error", (error) => restart(error.message));
    child.once("exit", (code, signal) => restart(signal ?? `exit code ${code ?? "?"}`));
  }

  logOf(name: string): string {
    return join(this.#logs, `${name}.log`);
  }

  lastLines(name: string, count = 8): string {
    const lines = readFileSync(this.logOf(name), "utf8").trimEnd().split("\n").slice(-count);
    return lines.map((line) => `  ${line}`).join("\n");
  }

  /** No more restarts: what ends now, ends. */
  stop(): void {
    this.#stopping = true;
  }
}
