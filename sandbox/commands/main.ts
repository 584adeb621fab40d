// `node sandbox/commands/main.ts COMMAND`: what the Makefile runs. The stack is in STACK.
import { createContext, type Context } from "./context.ts";
import { CommandError, exitCodes, renderError } from "./errors.ts";
import { onLive } from "./live.ts";
import { didYouMean } from "./nearest.ts";

type Command = (context: Context) => Promise<number>;

/** Each command is imported on demand, so that `make test` loads no cluster code and a typing error fails immediately. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import("./up.ts")).up,
  preview: async () => (await import("./preview.ts")).preview,
  drift: async () => (await import("./drift.ts")).drift,
  status: async () => (await import("./status.ts")).status,
  credentials: async () => (await import("./credentials.ts")).credentials,
  doctor: async () => (await import("./doctor.ts")).doctor,
  down: async () => (await import("./down.ts")).down,
  verify: async () => (await import("./verify.ts")).verify,
  test: async () => (await import("./test-levels.ts")).testAll,
  "test-unit": async () => (await import("./test-levels.ts")).testOne("unit"),
  "test-golden": async () => (await import("./test-levels.ts")).testOne("golden"),
  "test-policy": async () => (await import("./test-levels.ts")).testOne("policy"),
  "test-e2e": async () => (await import("./test-levels.ts")).testOne("e2e"),
  "test-live": async () => (await import("./test-levels.ts")).testOne("live"),
  live: async () => onLive((await import("./up.ts")).up),
  "live-down": async () => onLive((await import("./down.ts")).down),
  "verify-charts": async () => (await import("./verify-charts.ts")).verifyCharts,
  "pin-images": async () => (await import("./pin-images.ts")).pinImages,
  "clean-cache": async () => (await import("./clean-cache.ts")).removeCache,
};

async function main(name: string | undefined): Promise<number> {
  const load = name === undefined ? undefined : commands[name];
  if (load === undefined) {
    const names = Object.keys(commands);
    throw new CommandError(`there is no command "${name ?? ""}"${didYouMean(name ?? "", names)}`, {
      why: `the commands are: ${names.join(", ")}`,
      fix: "run `make` to see what they do",
      exitCode: exitCodes.usage,
    });
  }
  return await (
    await load()
  )(createContext(process.env));
}

try {
  process.exitCode = await main(process.argv[2]);
} catch (error) {
  process.stderr.write(`${renderError(error)}\n`);
  process.exitCode = error instanceof CommandError ? error.exitCode : exitCodes.failed;
}
