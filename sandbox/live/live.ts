// The live node: a Kubernetes whose pods really run, in namespaces of its own. Everything is one process tree below
// one `unshare`; the host sees its processes, its group in the cgroups, its folder, and ports on its loopback.
import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { unpackDebian } from "../tools/debian.ts";
import { statePaths, type StatePaths } from "../paths.ts";
import { isAlive, processIdentity } from "../processes.ts";
import type { Report } from "../report.ts";
import { ensureTools } from "../tools/ensure.ts";
import { tryLock, unlock } from "../tools/lock.ts";
import { writeArchive } from "./base-images.ts";
import { removeGroups } from "./cgroups.ts";
import { corednsImage, pauseImage, wrappers } from "./configuration.ts";
import { cgroupName, clusterName, inside, liveFiles, liveHome } from "./layout.ts";
import type { Component, ExposedService, LiveRecord, Settings, SupervisorMessage } from "./layout.ts";
import { findProgram } from "./machine-facts.ts";
import { listenOnLoopback } from "./ports.ts";
import { machineProblems, nftProblems, refusal, unshareArguments } from "./preflight.ts";

const run = promisify(execFile);

export interface RunningLive {
  /** For the host: the API server by its port on the loopback. */
  readonly kubeconfig: string;
  /** The one context in it. */
  readonly context: string;
  readonly alreadyRunning: boolean;
  readonly seconds: number;
}

export interface LiveOptions {
  readonly paths?: StatePaths;
  /** What runs inside beside the node's own programs. */
  readonly extra?: readonly Component[];
  /** More OCI archives to import at the start. */
  readonly archives?: readonly string[];
}

/** nft and every library of it but the C library, for machines where it is not installed. */
const nftPackages = [
  ..."nftables libnftables1 libnftnl11 libmnl0 libjansson4 libgmp10 libxtables12".split(" "),
  ..."libedit2 libbsd0 libmd0 libtinfo6".split(" "),
];

async function findNft(): Promise<readonly string[]> {
  const installed = findProgram("nft");
  if (installed !== undefined) return [installed];
  const root = await unpackDebian(nftPackages);
  const machine = process.arch === "x64" ? "x86_64" : "aarch64";
  const libraries = [join("usr", "lib"), "lib"].map((folder) => join(root, folder, `${machine}-linux-gnu`));
  return ["/usr/bin/env", `LD_LIBRARY_PATH=${libraries.join(delimiter)}`, join(root, "usr", "sbin", "nft")];
}

async function readRecord(home: string): Promise<LiveRecord | undefined> {
  const { record } = liveFiles(home);
  return existsSync(record) ? (JSON.parse(await readFile(record, "utf8")) as LiveRecord) : undefined;
}

export interface LiveStatus {
  readonly running: boolean;
  /** As the API server sees it; false when it does not answer. */
  readonly nodeReady: boolean;
  readonly exposed: readonly (ExposedService & { readonly url: string })[];
}

export async function liveStatus(paths: StatePaths = statePaths()): Promise<LiveStatus> {
  const home = liveHome(paths);
  const record = await readRecord(home);
  if (record === undefined || !isAlive(record.supervisor))
    return { running: false, nodeReady: false, exposed: [] };
  const jsonpath = '{.status.conditions[?(@.type=="Ready")].status}';
  const node = await captureLive(
    ["kubectl", "get", "node", "live", "-o", `jsonpath=${jsonpath}`],
    paths,
  ).catch(() => "");
  return { running: true, nodeReady: node === "True", exposed: await exposedServices(home, record) };
}

async function exposedServices(home: string, record: LiveRecord): Promise<LiveStatus["exposed"]> {
  const table = JSON.parse(await readFile(liveFiles(home).services, "utf8")) as ExposedService[];
  return table.map((service, index) => ({
    ...service,
    url: `http://127.0.0.1:${record.ports[index + 1] ?? "?"}`,
  }));
}

/** Makes Services reachable from the host's loopback, in place of those that were before. */
export async function exposeLive(
  services: readonly ExposedService[],
  paths: StatePaths = statePaths(),
): Promise<LiveStatus["exposed"]> {
  const home = liveHome(paths);
  const record = await runningRecord(paths);
  if (services.length > record.ports.length - 1)
    throw new Error(
      `${services.length} Services are too many: the node has ${record.ports.length - 1} ports.`,
    );
  await writeFile(liveFiles(home).services, JSON.stringify(services));
  return exposedServices(home, record);
}

async function runningRecord(paths: StatePaths): Promise<LiveRecord> {
  const record = await readRecord(liveHome(paths));
  if (record === undefined || !isAlive(record.supervisor))
    throw new Error("The live node does not run. To start it: make live");
  return record;
}

/** What is put before a command to run it inside, with the node's programs and the administrator's kubeconfig. */
export async function insidePrefix(paths: StatePaths = statePaths()): Promise<string[]> {
  const { supervisor } = await runningRecord(paths);
  const settings = JSON.parse(await readFile(liveFiles(liveHome(paths)).settings, "utf8")) as Settings;
  const files = liveFiles(inside);
  return [
    ...["nsenter", "--target", supervisor.split(":")[0] ?? "", "--mount", "--net", "--pid", "--ipc", "--uts"],
    "env",
    `PATH=${[wrappers, settings.path, process.env["PATH"] ?? ""].join(delimiter)}`,
    `KUBECONFIG=${join(files.kubeconfigs, "super-admin.conf")}`,
    "HOME=/run/home",
  ];
}

/** Runs a command inside; gives what it prints, or throws. */
async function captureLive(command: readonly string[], paths: StatePaths = statePaths()): Promise<string> {
  const [program = "", ...args] = [...(await insidePrefix(paths)), ...command];
  return (await run(program, args, { maxBuffer: 64 * 2 ** 20 })).stdout;
}

export async function startLive(report: Report, options: LiveOptions = {}): Promise<RunningLive> {
  const started = Date.now();
  const paths = options.paths ?? statePaths();
  const home = liveHome(paths);
  const done = (alreadyRunning: boolean): RunningLive => ({
    kubeconfig: paths.kubeconfig,
    context: clusterName,
    alreadyRunning,
    seconds: (Date.now() - started) / 1000,
  });
  await mkdir(paths.root, { recursive: true });
  const lock = `${home}.lock`;
  const other = await tryLock(lock);
  if (other !== undefined)
    throw new Error(`The live node is being started by process ${other.heldBy}. Wait until it is done.`);
  try {
    if (await isRunning(paths, report)) return done(true);
    const problems = await machineProblems();
    if (problems.length > 0) throw refusal(problems);
    const nft = await findNft();
    const lacking = await nftProblems(nft);
    if (lacking.length > 0) throw refusal(lacking);
    // What a node that ended by itself has left: nothing of it can be trusted to be whole.
    await stopLive(paths);
    const settings = await prepare(report, paths, nft, options);
    try {
      await launch(settings, paths, report);
    } catch (error) {
      await endProcesses(home);
      await removeGroups(settings.cgroup);
      throw error;
    }
    return done(false);
  } finally {
    await unlock(lock);
  }
}

const patienceSeconds = 30;

/** False: there is none. A node that runs and is not well holds data: it is not replaced without being asked for. */
async function isRunning(paths: StatePaths, report: Report): Promise<boolean> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (;;) {
    const { running, nodeReady } = await liveStatus(paths);
    if (!running || nodeReady) return running;
    if (Date.now() > deadline) {
      throw new Error(
        `The live node runs, but is not Ready since ${patienceSeconds} s. Logs: ${liveFiles(liveHome(paths)).logs}. ` +
          "To remove it with its data and start anew: make live-down && make live",
      );
    }
    report.status("live: the node runs; waiting until it is Ready");
    await sleep(500);
  }
}

async function prepare(
  report: Report,
  paths: StatePaths,
  nft: readonly string[],
  { extra = [], archives = [] }: LiveOptions,
): Promise<Settings> {
  const needed = ["kubernetes", "kwok", "containerd", "runc", "cni", "coredns", "pod-probe"] as const;
  const programs = await ensureTools(needed, report);
  const home = liveHome(paths);
  const files = liveFiles(home);
  // Keys are in here.
  await mkdir(home, { recursive: true, mode: 0o700 });
  const folders = ["logs", "bin", "images", "etcd", "containerd", "kubelet", "volumes"] as const;
  // Volumes are written to by users that are not root.
  for (const folder of folders) await mkdir(files[folder], { mode: folder === "etcd" ? 0o700 : 0o755 });
  const images = [
    { reference: pauseImage, programs: [programs.podProbe], entrypoint: ["/bin/pod-probe", "pause"] },
    { reference: corednsImage, programs: [programs.coredns], entrypoint: ["/bin/coredns"] },
  ];
  const own: string[] = [];
  for (const image of images) {
    const archive = join(files.images, `${own.length}.tar`);
    await writeArchive(image, archive);
    own.push(archive);
  }
  const settings: Settings = {
    home,
    cgroup: cgroupName(paths),
    programs,
    cniPlugins: dirname(programs.cniPtp),
    path: [programs.kubectl, programs.containerd, programs.runc].map((file) => dirname(file)).join(delimiter),
    nft: nft.join(" "),
    kubernetesVersion: await kubernetesVersion(programs.kubectl),
    archives: [...own, ...archives],
    extra,
  };
  await writeFile(files.settings, JSON.stringify(settings));
  await writeFile(files.services, "[]");
  return settings;
}

async function kubernetesVersion(kubectl: string): Promise<string> {
  const { stdout } = await run(kubectl, ["version", "--client", "-o", "json"]);
  return (JSON.parse(stdout) as { clientVersion: { gitVersion: string } }).clientVersion.gitVersion;
}

/** Starts the supervisor in its namespaces and waits until it says that the node is ready. */
async function launch(settings: Settings, paths: StatePaths, report: Report): Promise<void> {
  const files = liveFiles(settings.home);
  const servers = await listenOnLoopback(paths.root);
  const log = await open(join(files.logs, "supervisor.log"), "a", 0o600);
  const supervisor = join(import.meta.dirname, "inside", "supervisor.ts");
  const child = spawn("unshare", [...unshareArguments, process.execPath, supervisor, files.settings], {
    stdio: ["ignore", log.fd, log.fd, "ipc"],
    detached: true,
  });
  await log.close();
  const ended = new Promise<string>((settle) => {
    child.once("error", (error) => settle(error.message));
    child.once("exit", (code, signal) => settle(`it ended with ${signal ?? `exit code ${code ?? "?"}`}`));
  });
  const outcome = new Promise<string | undefined>((settle) => {
    child.on("message", (message: SupervisorMessage) => {
      if ("status" in message) report.status(message.status);
      else settle("failure" in message ? message.failure : undefined);
    });
    void ended.then(settle);
  });
  const record: LiveRecord = {
    unshare: processIdentity(child.pid ?? 0) ?? "",
    supervisor: await supervisorOf(child),
    ports: servers.map(({ port }) => port),
  };
  await writeFile(files.record, JSON.stringify(record));
  for (const [index, { server }] of servers.entries()) child.send(index, server, () => server.close());
  const failure = await outcome;
  if (failure !== undefined) {
    throw new Error(`The live node could not be started: ${failure}\nLogs: ${files.logs}`);
  }
  await writeKubeconfig(settings.home, paths.kubeconfig, record);
  child.disconnect();
  child.unref();
}

/** `unshare` forks once: its child is the first process inside. */
async function supervisorOf(child: ChildProcess): Promise<string> {
  const pid = child.pid ?? 0;
  for (;;) {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => undefined);
    const identity = processIdentity(Number(children?.trim().split(" ")[0]));
    if (identity !== undefined) return identity;
    if (children === undefined || child.exitCode !== null) return "";
    await sleep(10);
  }
}

/** The administrator's kubeconfig, for the host's side of the relay, with a name that people can tell from others. */
async function writeKubeconfig(home: string, file: string, { ports }: LiveRecord): Promise<void> {
  const made = parse(await readFile(join(liveFiles(home).kubeconfigs, "super-admin.conf"), "utf8")) as {
    readonly clusters: readonly { readonly cluster: object }[];
    readonly users: readonly { readonly user: object }[];
  };
  const cluster = { ...made.clusters[0]?.cluster, server: `https://127.0.0.1:${ports[0] ?? "?"}` };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": clusterName,
    clusters: [{ name: clusterName, cluster }],
    users: [{ name: clusterName, user: made.users[0]?.user }],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName } }],
  };
  await writeFile(file, stringify(config), { mode: 0o600 });
}

/** Ends everything inside, and returns when it is gone. */
async function endProcesses(home: string): Promise<void> {
  const record = await readRecord(home);
  if (record === undefined) return;
  for (const identity of [record.supervisor, record.unshare]) {
    // The death of the first process of a process namespace ends all the others.
    if (identity !== "" && isAlive(identity)) process.kill(Number(identity.split(":")[0]), "SIGKILL");
  }
  while ([record.supervisor, record.unshare].some((identity) => identity !== "" && isAlive(identity))) {
    await sleep(20);
  }
}

/** Ends the node and removes everything of it. Nothing to stop is no error. */
export async function stopLive(paths: StatePaths = statePaths()): Promise<void> {
  const home = liveHome(paths);
  await endProcesses(home);
  await removeGroups(cgroupName(paths));
  await rm(paths.kubeconfig, { force: true });
  await rm(home, { recursive: true, force: true });
}
