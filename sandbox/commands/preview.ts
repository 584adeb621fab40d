import type { Context } from "./context.ts";
import { exitCodes } from "./errors.ts";
import { openSandbox } from "./sandbox.ts";

/** Shows what `make up` would change. Like `make up`, it compares with the current state of the cluster. */
export async function preview(context: Context): Promise<number> {
  const { pulumi } = await openSandbox(context);
  const code = await pulumi.operate("preview", "--refresh", "--diff");
  return code === 0 ? exitCodes.done : exitCodes.failed;
}
