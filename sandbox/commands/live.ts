import { statePaths } from "../paths.ts";
import { liveStatus, stopLive } from "../live/live.ts";
import { startPlatformNode } from "../live/platform.ts";
import { type Context, sandboxesFolder } from "./context.ts";
import { exitCodes } from "./errors.ts";
import { renderDuration, renderTable } from "./table.ts";

/** One node a clone: it is no stack's own. */
const livePaths = (context: Context) => statePaths(sandboxesFolder(context.environment));

/** Starts a node on which pods really run, with the platform's images in its registry. */
export async function live(context: Context): Promise<number> {
  const paths = livePaths(context);
  const node = await startPlatformNode(context.report, { paths });
  const { exposed } = await liveStatus(paths);
  const rows = node.images.map(({ reference, digest }) => [reference, digest]);
  process.stdout.write(`\n${renderTable(["IMAGE OF THE PLATFORM", "BUILT HERE AS"], rows)}\n`);
  for (const { namespace, service, url } of exposed)
    process.stdout.write(`${namespace}/${service}  ${url}\n`);
  const state = node.alreadyRunning ? "runs already" : `is Ready after ${renderDuration(node.seconds)}`;
  process.stdout.write(`\nthe live node ${state}: kubectl --kubeconfig ${node.kubeconfig} get nodes\n`);
  return exitCodes.done;
}

/** Stops the live node and removes it with its data. Safe to repeat. */
export async function liveDown(context: Context): Promise<number> {
  await stopLive(livePaths(context));
  context.report.line("the live node is gone, with its data");
  return exitCodes.done;
}
