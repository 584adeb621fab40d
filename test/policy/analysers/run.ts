// One run of an analyser.
import { spawn } from "node:child_process";

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** What the program printed; anything but success is an error. */
export function run(
  program: string,
  args: readonly string[],
  { env, input = "" }: RunOptions = {},
): Promise<string> {
  return new Promise((settle, refuse) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: "pipe" });
    let out = "";
    let complaints = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
    // A program that ends before it has read everything says why itself.
    child.stdin.on("error", () => undefined).end(input);
    child.on("error", refuse);
    child.on("close", (code, signal) => {
      if (code === 0) settle(out);
      else
        refuse(
          new Error(
            `${program} ended with ${signal ?? `exit code ${code ?? "?"}`}: ${complaints.slice(-2000)}`,
          ),
        );
    });
  });
}
