// Services of the node on the loopback of the machine.
import { writeFile } from "node:fs/promises";
import { type StatePaths, statePaths } from "../paths.ts";
import { type ExposedService, liveFiles, liveHome } from "./layout.ts";
import { loopbackUrl, portsOf } from "./ports.ts";
import { runningRecord } from "./record.ts";

/**
 * Exposes exactly these Services on the machine's loopback, each at the port of its name.
 * @returns the URLs by name
 */
export async function exposeLive(
  services: Readonly<Record<string, ExposedService>>,
  paths: StatePaths = statePaths(),
): Promise<Readonly<Record<string, string>>> {
  await runningRecord(paths);
  const ports = await portsOf(Object.keys(services), paths);
  const table = Object.entries(services).map(([name, service]) => [ports[name], service] as const);
  await writeFile(liveFiles(liveHome(paths)).services, JSON.stringify(Object.fromEntries(table)));
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, loopbackUrl(port)]));
}

/** The URLs that services with these names have when they are exposed. */
export async function liveUrls<Name extends string>(
  names: readonly Name[],
  paths: StatePaths,
): Promise<Readonly<Record<Name, string>>> {
  const ports = await portsOf(names, paths);
  return Object.fromEntries(names.map((name) => [name, loopbackUrl(ports[name] ?? 0)])) as Record<
    Name,
    string
  >;
}
