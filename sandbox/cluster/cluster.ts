// The sandbox cluster: a real control plane, and kwok in place of kubelets. kwokctl makes keys, configuration and
// processes; what it leaves open is here: free ports, repair, a stop that ends nothing but ours, one kubeconfig.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { statePaths, type StatePaths } from "../paths.ts";
import type { Report } from "../report.ts";
import type { ToolPaths } from "../tools/ensure.ts";
import { readCredentials, renderKubeconfig } from "./access.ts";
import { endComponents, findComponents, lastLogLines, readLog } from "./components.ts";
import { renderConfiguration } from "./configuration.ts";
import { createObjects, isHealthy, whatIsMissing } from "./health.ts";
import type { ClusterFiles, ComponentName, Ports } from "./layout.ts";
import { findKueue, kueueFiles } from "./kueue/manager.ts";
import { areFree, clusterFiles, clusterName, componentNames, findPorts } from "./layout.ts";

export interface RunningCluster {
  readonly kubeconfig: string;
  readonly context: string;
  readonly alreadyRunning: boolean;
  readonly seconds: number;
}

interface ComponentStatus {
  readonly name: ComponentName;
  /** Undefined: not running. */
  readonly pid: number | undefined;
  /** Undefined: it has none, or is not running. */
  readonly port: number | undefined;
  readonly healthy: boolean;
}

export interface ClusterStatus {
  /** Every component runs and is healthy. */
  readonly healthy: boolean;
  readonly components: readonly ComponentStatus[];
}

type ClusterTools = ToolPaths<"kubernetes" | "kwok">;

/** What the processes were started with. */
interface ClusterRecord {
  readonly digest: string;
  readonly ports: Ports;
}

async function readRecord(files: ClusterFiles): Promise<ClusterRecord | undefined> {
  try {
    return JSON.parse(await readFile(files.record, "utf8")) as ClusterRecord;
  } catch {
    return undefined;
  }
}

export async function clusterStatus(paths: StatePaths = statePaths()): Promise<ClusterStatus> {
  const files = clusterFiles(paths);
  const record = await readRecord(files);
  const running = new Map(findComponents(files).map((component) => [component.name, component.pid]));
  const credentials = existsSync(files.pki) ? readCredentials(files.pki) : undefined;
  const components = await Promise.all(
    componentNames.map(async (name) => {
      const pid = running.get(name);
      const checkable = pid !== undefined && record !== undefined && credentials !== undefined;
      const healthy = checkable && (await isHealthy(name, record.ports, credentials));
      const port = name === "kwok-controller" ? undefined : record?.ports[name];
      return { name, pid, port, healthy };
    }),
  );
  return { healthy: components.every(({ healthy }) => healthy), components };
}

const stages = (): string[] => {
  const folder = join(import.meta.dirname, "stages");
  return readdirSync(folder)
    .toSorted()
    .map((file) => readFileSync(join(folder, file), "utf8"));
};

const digestOf = (configuration: string): string => createHash("sha256").update(configuration).digest("hex");

/**
 * Starts the cluster, or finds it running. A cluster that is half dead, or that was made by other tools or another
 * configuration, is started again over the data that it has.
 */
export async function startCluster(
  tools: ClusterTools,
  report: Report,
  paths: StatePaths = statePaths(),
): Promise<RunningCluster> {
  const started = Date.now();
  const files = clusterFiles(paths);
  const done = (alreadyRunning: boolean): RunningCluster => ({
    kubeconfig: paths.kubeconfig,
    context: clusterName,
    alreadyRunning,
    seconds: (Date.now() - started) / 1000,
  });
  const record = await readRecord(files);
  if (record === undefined && existsSync(join(files.home, "etcd"))) {
    throw new Error(
      `${paths.cluster} holds a cluster, but not the record of how it was started: it is unknown what runs. ` +
        "Remove it with `make down` (or stopCluster) and run the command again.",
    );
  }
  const wanted = record && renderConfiguration(tools, record.ports, files.pki, stages());
  if (wanted !== undefined && digestOf(wanted) === record?.digest && (await clusterStatus(paths)).healthy) {
    await settle(files, paths, record.ports, report);
    return done(true);
  }

  await endComponents(findComponents(files));
  let ports = record !== undefined && (await areFree(record.ports)) ? record.ports : undefined;
  for (let attempt = 1; ; attempt++) {
    ports ??= await findPorts(paths.root, undefined);
    try {
      await launch(tools, files, ports, report);
      await settle(files, paths, ports, report);
      return done(false);
    } catch (error) {
      // Between the look for free ports and the start, another program may have taken one.
      const lostRace = componentNames.some((name) => readLog(files, name).includes("address already in use"));
      await endComponents(findComponents(files));
      if (!lostRace || attempt === 3) throw error;
      ports = await findPorts(paths.root, ports);
    }
  }
}

/** Runs kwokctl once over the folder; keys and data that are there are kept. */
async function launch(tools: ClusterTools, files: ClusterFiles, ports: Ports, report: Report): Promise<void> {
  report.status("cluster: starting etcd, API server, controller manager, scheduler and kwok");
  const configuration = renderConfiguration(tools, ports, files.pki, stages());
  await mkdir(files.workdir, { recursive: true, mode: 0o700 });
  // What kwokctl would otherwise take over from the last start: paths of old tools, other flags, wrong process ids.
  for (const stale of [files.kwokctlState, files.bin, files.pids, files.logs]) {
    await rm(stale, { recursive: true, force: true });
  }
  await writeFile(files.configuration, configuration);
  const record: ClusterRecord = { digest: digestOf(configuration), ports };
  await writePrivate(files.record, JSON.stringify(record));
  // No --kubeconfig: kwokctl would add to the one in the home folder.
  const args = [
    "create",
    "cluster",
    "--name",
    clusterName,
    "--config",
    files.configuration,
    "--kubeconfig",
    "",
  ];
  // The components inherit this environment: no secrets of the caller, no KWOK_ settings, no home folder to write to,
  // and no PATH, on which kwokctl would look for a kubectl before it takes the one of the configuration.
  const env = { HOME: files.workdir, KWOK_WORKDIR: files.workdir };
  await promisify(execFile)(tools.kwokctl, args, { env }).catch((error: unknown) => {
    throw new Error(`The cluster could not be started: ${String(error)}`);
  });
}

const readyTimeoutSeconds = 60;

/** Puts nodes and storage classes in, waits until pods can be created, and writes the kubeconfig. */
async function settle(files: ClusterFiles, paths: StatePaths, ports: Ports, report: Report): Promise<void> {
  const credentials = readCredentials(files.pki);
  const server = `https://127.0.0.1:${ports["kube-apiserver"]}`;
  const deadline = Date.now() + readyTimeoutSeconds * 1000;
  let created = false;
  for (;;) {
    const { components } = await clusterStatus(paths);
    const dead = components.filter(({ pid }) => pid === undefined);
    if (dead.length > 0) {
      throw new Error(
        dead.map(({ name }) => `${name} has ended. Its last lines:\n${lastLogLines(files, name)}`).join("\n"),
      );
    }
    const unhealthy = components.filter(({ healthy }) => !healthy).map(({ name }) => name);
    const apiServes = !unhealthy.includes("kube-apiserver");
    if (apiServes && !created) created = (await createObjects(server, credentials)).length === 0;
    const missing = created ? await whatIsMissing(server, credentials) : "nodes and storage classes";
    if (unhealthy.length === 0 && missing === undefined) break;
    const waitsFor = [...unhealthy, ...(missing === undefined ? [] : [missing])].join(", ");
    if (Date.now() > deadline) {
      throw new Error(
        `The cluster is not ready after ${readyTimeoutSeconds} s. It lacks: ${waitsFor}. Logs: ${files.logs}`,
      );
    }
    report.status(`cluster: waiting for ${waitsFor}`);
    await sleep(100);
  }
  await writePrivate(paths.kubeconfig, renderKubeconfig(ports["kube-apiserver"], credentials));
}

/** Whole or not at all, and never readable by others, not even for a moment. */
async function writePrivate(file: string, text: string): Promise<void> {
  const unfinished = `${file}.unfinished`;
  await rm(unfinished, { force: true });
  await writeFile(unfinished, text, { mode: 0o600 });
  await chmod(unfinished, 0o600);
  await rename(unfinished, file);
}

/** Ends the processes of this cluster and removes its state. Nothing to stop is no error. */
export async function stopCluster(paths: StatePaths = statePaths()): Promise<void> {
  const files = clusterFiles(paths);
  await endComponents([...findComponents(files), ...findKueue(kueueFiles(paths))]);
  await rm(paths.cluster, { recursive: true, force: true });
  await rm(paths.kubeconfig, { force: true });
}
