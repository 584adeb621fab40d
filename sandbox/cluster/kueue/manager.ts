// The real manager of Kueue, as a process beside the simulated cluster: no container runs there. It has the rights of
// its own service account, and the cluster has the objects of its own installation.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, openSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import type { StatePaths } from "../../paths.ts";
import { lastLines } from "../../redact/output.ts";
import type { Report } from "../../report.ts";
import { endComponents, findProcesses, type RunningProcess } from "../components.ts";
import { KUEUE_NAMESPACE, OMITTED_ARGUMENTS, upstreamConfiguration } from "./objects.ts";
import {
  CERTIFICATE_SECRET,
  type KueuePorts,
  renderConfiguration,
  renderObjects,
  TOKEN_SECRET,
} from "./render.ts";
import { upstreamObjects } from "./source.ts";

/** The manager's folder goes with the cluster's. */
export function kueueFiles({ cluster }: Pick<StatePaths, "cluster">) {
  const folder = join(cluster, "kueue");
  return {
    folder,
    /** The first word of its command line, by which it is found. */
    name: join(folder, "kueue"),
    /** What it was started with. */
    record: join(folder, "record.json"),
    objects: join(folder, "objects.yaml"),
    configuration: join(folder, "configuration.yaml"),
    kubeconfig: join(folder, "kubeconfig"),
    certificates: join(folder, "certificates"),
    log: join(folder, "log"),
  };
}
export type KueueFiles = ReturnType<typeof kueueFiles>;

export const findKueue = ({ name }: KueueFiles): RunningProcess[] =>
  findProcesses(new Map([[name, "kueue"]]));

interface KueueRecord {
  readonly digest: string;
  readonly ports: KueuePorts;
}

function readRecord({ record }: KueueFiles): KueueRecord | undefined {
  return existsSync(record) ? (JSON.parse(readFileSync(record, "utf8")) as KueueRecord) : undefined;
}

export const isInstalled = ({ objects }: KueueFiles): boolean => existsSync(objects);

/** Undefined: it is not installed. */
export async function kueueStatus(
  files: KueueFiles,
): Promise<
  { readonly pid: number | undefined; readonly port: number; readonly healthy: boolean } | undefined
> {
  const record = readRecord(files);
  if (record === undefined) return undefined;
  const pid = findKueue(files)[0]?.pid;
  const healthy = pid !== undefined && (await isReady(record.ports));
  return { pid, port: record.ports.webhooks, healthy };
}

const isReady = ({ health }: KueuePorts): Promise<boolean> =>
  fetch(`http://127.0.0.1:${health}/readyz`, { signal: AbortSignal.timeout(3_000) }).then(
    ({ ok }) => ok,
    () => false,
  );

export interface KueueSetting {
  /** The manager's program. */
  readonly program: string;
  /** kubectl as an administrator. */
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
  readonly files: KueueFiles;
  readonly report: Report;
  readonly environment: NodeJS.ProcessEnv;
}

/** Installs Kueue and starts its manager, or finds it running. One that is dead, or of another version, starts again. */
export async function startKueue(setting: KueueSetting): Promise<void> {
  const { program, kubectl, files, report, environment } = setting;
  const access = JSON.parse(await kubectl("config", "view", "--minify", "--raw", "--output=json")) as Access;
  const rendering = ["objects.ts", "render.ts"].map((file) =>
    readFileSync(join(import.meta.dirname, file), "utf8"),
  );
  const digest = createHash("sha256")
    .update(JSON.stringify([program, access.clusters, rendering]))
    .digest("hex");
  if (readRecord(files)?.digest === digest && (await kueueStatus(files))?.healthy === true) return;

  report.status("cluster: installing Kueue");
  await stopKueue(files);
  await rm(files.folder, { recursive: true, force: true });
  await mkdir(files.certificates, { recursive: true, mode: 0o700 });
  const [webhooks, health] = await freePorts();
  const ports = { webhooks, health };
  const upstream = await upstreamObjects(kubectl, environment);
  await installObjects(renderObjects(upstream, ports), kubectl, files);
  const configuration = renderConfiguration(
    parse(upstreamConfiguration(upstream)) as object,
    ports,
    files.certificates,
  );
  await writeFile(files.configuration, stringify(configuration));
  await writeFile(files.kubeconfig, await renderAccess(access, kubectl), { mode: 0o600 });
  await writeFile(files.record, JSON.stringify({ digest, ports } satisfies KueueRecord));
  await launch(setting, ports);
}

const asFile = (objects: readonly object[]): string =>
  objects.map((object) => JSON.stringify(object)).join("\n---\n");

/** Whether exactly these were installed last. */
export const areInstalled = (objects: readonly object[], files: KueueFiles): boolean =>
  isInstalled(files) && readFileSync(files.objects, "utf8") === asFile(objects);

/** Keeps a copy, by which they are removed. */
export async function installObjects(
  objects: readonly object[],
  kubectl: KueueSetting["kubectl"],
  files: KueueFiles,
): Promise<void> {
  await mkdir(files.folder, { recursive: true });
  await writeFile(files.objects, asFile(objects));
  // Not a client's `apply`: it would keep a copy of each definition in an annotation, which is too small for it.
  await kubectl("apply", "--server-side", "--force-conflicts", "--filename", files.objects);
  await kubectl(
    "wait",
    "--for=condition=Established",
    "--timeout=30s",
    "crd",
    "clusterqueues.kueue.x-k8s.io",
  );
}

/** A kubeconfig, as kubectl shows it. */
interface Access {
  readonly clusters: readonly object[];
  readonly users: readonly { readonly name: string }[];
}

/** The same cluster as the service account of the manager. */
async function renderAccess(access: Access, kubectl: KueueSetting["kubectl"]): Promise<string> {
  const { token } = await untilThere(async () => {
    const data = await secretData(TOKEN_SECRET, kubectl);
    return data["token"] === undefined ? undefined : { token: data["token"] };
  }, "Kueue's service account has no token");
  const user = { token: token.toString() };
  return JSON.stringify({ ...access, users: access.users.map(({ name }) => ({ name, user })) });
}

async function secretData(
  name: string,
  kubectl: KueueSetting["kubectl"],
): Promise<Readonly<Record<string, Buffer>>> {
  const text = await kubectl("get", "secret", name, `--namespace=${KUEUE_NAMESPACE}`, "--output=json");
  const { data = {} } = JSON.parse(text) as { readonly data?: Record<string, string> };
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64")]));
}

async function launch({ program, kubectl, files }: KueueSetting, ports: KueuePorts): Promise<void> {
  const args = [
    `--config=${files.configuration}`,
    `--kubeconfig=${files.kubeconfig}`,
    ...OMITTED_ARGUMENTS,
    "--zap-log-level=2",
  ];
  const log = openSync(files.log, "w", 0o600);
  const child = spawn(program, args, {
    argv0: files.name,
    cwd: files.folder,
    detached: true,
    stdio: ["ignore", log, log],
    // No secrets of the caller.
    env: { HOME: files.folder },
  });
  let ended = false;
  child.once("exit", () => (ended = true)).once("error", () => (ended = true));
  child.unref();
  await untilThere(async () => {
    if (ended) {
      const lines = lastLines(readFileSync(files.log, "utf8").trimEnd(), 5);
      throw new Error(`Kueue has ended. Its last lines:\n${lines.map((line) => `  ${line}`).join("\n")}`);
    }
    // Where the manager is a pod, the kubelet does this.
    for (const [file, content] of Object.entries(await secretData(CERTIFICATE_SECRET, kubectl)))
      await writeFile(join(files.certificates, file), content, { mode: 0o600 });
    return (await isReady(ports)) ? true : undefined;
  }, `Kueue is not ready. Its log: ${files.log}`);
}

const TIMEOUT_SECONDS = 60;

async function untilThere<T>(ask: () => Promise<T | undefined>, otherwise: string): Promise<T> {
  const deadline = Date.now() + TIMEOUT_SECONDS * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`${otherwise} (after ${TIMEOUT_SECONDS} s)`);
    await sleep(200);
  }
}

async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()] as const;
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((settle, fail) => {
          server.once("error", fail).listen(0, "127.0.0.1", () => {
            settle((server.address() as { readonly port: number }).port);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((settle) => server.close(settle))));
  return ports as [number, number];
}

/** Ends the manager. Its objects stay. */
export const stopKueue = (files: KueueFiles): Promise<void> => endComponents(findKueue(files));

/** The ClusterQueues, as kubectl names them. A cluster that does not define the kind has none. */
export async function clusterQueues(
  kubectl: KueueSetting["kubectl"],
  ...flags: readonly string[]
): Promise<string[]> {
  const kind = "clusterqueues.kueue.x-k8s.io";
  const lines = async (...args: string[]) =>
    (await kubectl(...args, "--output=name")).split("\n").filter(Boolean);
  const kinds = await lines("api-resources", "--api-group=kueue.x-k8s.io");
  return kinds.includes(kind) ? await lines("get", kind, ...flags) : [];
}

/**
 * Removes what `startKueue` installed, webhooks too: with them and no manager, no pod of a tenant starts. The definitions
 * go first, because the manager removes the finalizers of their objects.
 */
export async function uninstallKueue(kubectl: KueueSetting["kubectl"], files: KueueFiles): Promise<void> {
  const kinds = "--selector=app.kubernetes.io/name=kueue";
  await kubectl("delete", "customresourcedefinitions", kinds, "--timeout=60s");
  await stopKueue(files);
  await kubectl("delete", "--ignore-not-found", "--timeout=60s", "--filename", files.objects);
  await rm(files.folder, { recursive: true });
}
