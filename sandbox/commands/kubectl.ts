import { CommandError } from "./errors.ts";
import { capture } from "./run.ts";

/** Runs kubectl on the sandbox's cluster and returns its stdout. @throws CommandError if it fails. */
export type Kubectl = (...args: readonly string[]) => Promise<string>;

export function createKubectl(file: string, environment: NodeJS.ProcessEnv): Kubectl {
  return async (...args) => {
    const done = await capture(file, args, { env: environment });
    if (done.code !== 0) {
      throw new CommandError(`kubectl ${args.join(" ")} failed`, { why: done.stderr.trim() });
    }
    return done.stdout;
  };
}
