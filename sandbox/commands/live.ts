import { type Context, createContext, liveStack } from "./context.ts";
import { CommandError, exitCodes } from "./errors.ts";

/** `make live` is `make up STACK=live`: the dev stack on a node that runs containers. */
export const onLive =
  (command: (context: Context) => Promise<number>) =>
  async ({ stack, environment }: Context): Promise<number> => {
    if (stack !== "dev" && stack !== liveStack) {
      throw new CommandError(`the stack ${stack} cannot run on the live node`, {
        where: "STACK",
        why: "the live node is one node, and prod needs several nodes and charts that no package registry has",
        fix: "make live",
        exitCode: exitCodes.usage,
      });
    }
    return await command(createContext({ ...environment, STACK: liveStack }));
  };
