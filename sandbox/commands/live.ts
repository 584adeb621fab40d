import { type Context, createContext, liveStack } from "./context.ts";
import { CommandError, exitCodes } from "./errors.ts";

/** `make live` is `make up STACK=live`: the dev stack on a node whose pods really run. */
export const onLive =
  (command: (context: Context) => Promise<number>) =>
  async ({ stack, environment }: Context): Promise<number> => {
    if (stack !== "dev" && stack !== liveStack) {
      throw new CommandError(`the stack ${stack} cannot be had on the live node`, {
        where: "STACK",
        why: "it has one node, and LiteLLM's database engine is in no package registry: only the dev stack goes without",
        fix: "make live",
        exitCode: exitCodes.usage,
      });
    }
    return await command(createContext({ ...environment, STACK: liveStack }));
  };
