import { z } from "zod";
import { clusterStatus } from "../cluster/cluster.ts";
import type { Context } from "./context.ts";
import { exitCodes } from "./errors.ts";
import { openSandbox } from "./sandbox.ts";
import { serviceTable } from "./service-table.ts";
import { stackExists, shellFile } from "./stack-state.ts";
import { renderTable } from "./table.ts";

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
  const cluster = await clusterStatus(paths);
  const rows = cluster.components.map(({ name, pid, port, healthy }) => [
    name,
    pid === undefined ? "stopped" : healthy ? "healthy" : "not healthy",
    pid === undefined ? "" : String(pid),
    pid === undefined || port === undefined ? "" : String(port),
  ]);
  process.stdout.write(`${renderTable(["CLUSTER", "STATE", "PROCESS", "PORT"], rows)}\n\n`);
  if (!stackExists(context)) {
    process.stdout.write(`stack ${stack} is not up; \`make up\` brings it up\n`);
    return exitCodes.failed;
  }
  if (!cluster.healthy) {
    process.stdout.write(
      `stack ${stack} was deployed, but its cluster does not run; \`make up\` starts it with its data\n`,
    );
    return exitCodes.failed;
  }
  const { pulumi, kubectl } = await openSandbox(context);
  const history = await pulumi.query(["stack", "history", "--json", "--page-size", "1"]);
  const table = await serviceTable(pulumi, kubectl);
  process.stdout.write(
    `last update: ${renderLastUpdate(history)}\nfor your shell: . ${shellFile(paths)}\n\n${table.text}\n`,
  );
  return table.allReady ? exitCodes.done : exitCodes.failed;
}
