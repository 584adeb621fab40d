import { cleanCache } from "../tools/ensure.ts";
import type { Context } from "./context.ts";
import { exitCodes } from "./errors.ts";

export async function removeCache({ environment }: Context): Promise<number> {
  const folder = await cleanCache(environment);
  process.stdout.write(`removed ${folder}. The next \`make up\` builds the tools again (about 10 minutes)\n`);
  return exitCodes.done;
}
