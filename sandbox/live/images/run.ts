// One program, its output and what it said when it failed.
import { spawn } from "node:child_process";
import { lastCharacters } from "../../redact/output.ts";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

const keptCharacters = 2000;

/** What the program printed. It runs with a low priority: image builds must not starve a cluster. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((settle, refuse) => {
    const child = spawn("nice", [program, ...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    let errors = "";
    child.stdout.on("data", (data: Buffer) => out.push(data));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    // A program that does not read its input may end first.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.on("error", refuse);
    child.on("close", (code, signal) => {
      if (code === 0) settle(Buffer.concat(out).toString());
      else {
        const end = lastCharacters(errors, keptCharacters);
        refuse(new Error(`${program} ended with ${signal ?? `exit code ${code ?? "?"}`}: ${end}`));
      }
    });
  });
}
