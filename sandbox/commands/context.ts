import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { checkout, statePaths, type StatePaths } from "../paths.ts";
import { createReport, type Report } from "../report.ts";
import { CommandError, exitCodes } from "./errors.ts";
import { didYouMean } from "./nearest.ts";

/** What every command works with. */
export interface Context {
  readonly stack: string;
  /** Whether its pods really run, on the live node. */
  readonly live: boolean;
  /** The tracked stack file. */
  readonly stackFile: string;
  /** Each stack has its own sandbox, because two stacks in one cluster would use the same namespaces. */
  readonly paths: StatePaths;
  readonly report: Report;
  readonly environment: NodeJS.ProcessEnv;
}

/** Folder of all sandboxes of this clone, with one folder per stack. Tests have their own. */
export function sandboxesFolder(environment: NodeJS.ProcessEnv): string {
  return environment["SANDBOX_STATE_DIR"] || join(checkout, ".sandbox");
}

/** Names of the stacks that have a `Pulumi.<stack>.yaml`. */
export function stackNames(files: readonly string[]): string[] {
  return files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []).sort();
}

/** @throws CommandError that lists the stacks when no stack has that name. */
export function checkStack(stack: string, known: readonly string[]): void {
  if (known.includes(stack)) return;
  throw new CommandError(`there is no stack "${stack}"${didYouMean(stack, known)}`, {
    where: "STACK",
    why: `each stack has a file Pulumi.<stack>.yaml (live is dev on the live node). The stacks are: ${known.join(", ")}`,
    fix: `run the command with STACK=${known[0] ?? "NAME"}`,
    exitCode: exitCodes.usage,
  });
}

/** The stack of the live node. It uses the file of the dev stack with the changes of live/overlay.ts. */
export const liveStack = "live";
const liveStackFile = "dev";

/** Every stack that a command accepts. */
const knownStacks = (): string[] => [...stackNames(readdirSync(checkout)), liveStack];

/** The command that a person types for this stack. */
export function makeCommand({ stack }: Pick<Context, "stack">, name: string): string {
  return stack === "dev" ? `make ${name}` : `make ${name} STACK=${stack}`;
}

export function createContext(environment: NodeJS.ProcessEnv): Context {
  const stack = environment["STACK"] || "dev";
  checkStack(stack, knownStacks());
  const live = stack === liveStack;
  return {
    stack,
    live,
    stackFile: join(checkout, `Pulumi.${live ? liveStackFile : stack}.yaml`),
    paths: statePaths(join(sandboxesFolder(environment), stack)),
    report: createReport(),
    environment,
  };
}

/** Stacks of this clone that have a sandbox, running or not. */
export function existingSandboxes(environment: NodeJS.ProcessEnv): string[] {
  return knownStacks().filter((stack) => existsSync(join(sandboxesFolder(environment), stack)));
}
