import { cpus, totalmem } from "node:os";
import { toolsStatus } from "../tools/ensure.ts";

/** The date, the machine and the tools of a measurement. */
export async function describeMachine(): Promise<string> {
  const { go, tools } = await toolsStatus();
  const processor = cpus()[0]?.model.trim() ?? "unknown";
  return [
    new Date().toISOString().slice(0, 10),
    `${String(cpus().length)} cores (${processor})`,
    `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    `Node ${process.versions.node}`,
    go,
    ...tools.map(({ name, version }) => `${name} ${version}`),
  ].join(", ");
}
