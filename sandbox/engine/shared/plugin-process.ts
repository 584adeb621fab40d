import type { Server } from "@grpc/grpc-js";
import { listen } from "./grpc.ts";

/**
 * The engine's address: the only positional argument. `--logtostderr`, `-v=9` and `--tracing URL` may come before it;
 * only `--tracing` has its value in a separate argument.
 */
export function engineAddressFrom(args: readonly string[]): string {
  const positional = args.filter((arg, index) => !arg.startsWith("-") && args[index - 1] !== "--tracing");
  const address = positional[0];
  if (address === undefined || positional.length > 1) {
    throw new Error(
      `a Pulumi plugin is started by the pulumi command with the engine's address, not by hand (got: ${args.join(" ") || "no arguments"})`,
    );
  }
  return address;
}

/** The conditions under which a plugin process may end. */
export interface PluginLife {
  /** The engine's Cancel call has come: on ^C, and always when the engine closes its plugins. */
  canceled(): boolean;
  /** No operation is running. */
  idle(): boolean;
  /** Cleanup, such as ending child processes. */
  beforeExit?(): void;
}

/** Starts to serve, prints the port for the engine, and ends when the engine ends. */
export async function runPluginProcess(server: Server, life: PluginLife): Promise<void> {
  const port = await listen(server);
  const exit = (): never => {
    life.beforeExit?.();
    process.exit(0);
  };

  // The engine keeps this process's stdin open. If stdin ends or the parent changes, the engine has ended (also after
  // kill -9). Then no response can be delivered, so the work is stopped.
  process.stdin.resume();
  process.stdin.on("end", exit).on("error", exit);
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) exit();
  }, 1000);

  // ^C must not end this process, because the engine sends Cancel and waits for the result of each operation. At the end of
  // its work the engine sends Cancel, then SIGINT, and 5 s later kills what is still alive.
  process.on("SIGINT", () => {
    setInterval(() => {
      if (life.canceled() && life.idle()) exit();
    }, 10);
  });
  process.on("SIGTERM", exit);

  process.stdout.write(`${port}\n`);
}
