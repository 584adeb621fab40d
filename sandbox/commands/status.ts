import { z } from "zod";
import { type Context, makeCommand } from "./context.ts";
import { exitCodes } from "./errors.ts";
import { openSandbox } from "./sandbox.ts";
import { serviceTable } from "./service-table.ts";
import { stackClusterStatus } from "./stack-cluster.ts";
import { stackExists, shellFile } from "./stack-state.ts";

const historySchema = z.array(
  z.looseObject({
    kind: z.string(),
    result: z.string(),
    endTime: z.string().optional(),
    resourceChanges: z.record(z.string(), z.number()).nullish(),
  }),
);

/** "update succeeded, 2026-11-21T02:40:00Z: create 31" */
export function renderLastUpdate(historyJson: string): string {
  const [last] = historySchema.parse(JSON.parse(historyJson));
  if (last === undefined) return "none yet";
  const changes = Object.entries(last.resourceChanges ?? {}).map(([change, count]) => `${count} ${change}`);
  return `${last.kind} ${last.result}, ${last.endTime ?? "unfinished"}${changes.length > 0 ? `: ${changes.join(", ")}` : ""}`;
}

/** Shows what runs, what the last update did, and each service. Starts nothing and changes nothing. */
export async function status(context: Context): Promise<number> {
  const { paths, stack } = context;
  const cluster = await stackClusterStatus(context);
  process.stdout.write(`${cluster.text}\n\n`);
  const up = makeCommand(context, "up");
  if (!stackExists(context)) {
    process.stdout.write(`stack ${stack} is not up; run \`${up}\`\n`);
    return exitCodes.failed;
  }
  if (!cluster.healthy) {
    const start = context.live ? "starts a new one" : "starts it with its data";
    process.stdout.write(`stack ${stack} was deployed, but its cluster is stopped; \`${up}\` ${start}\n`);
    return exitCodes.failed;
  }
  const sandbox = await openSandbox(context);
  const history = await sandbox.pulumi.query(["stack", "history", "--json", "--page-size", "1"]);
  const table = await serviceTable(context, sandbox);
  process.stdout.write(
    `last update: ${renderLastUpdate(history)}\nfor your shell: . ${shellFile(paths)}\n\n${table.text}\n`,
  );
  return table.allReady ? exitCodes.done : exitCodes.failed;
}
