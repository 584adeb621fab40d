// The first process of the node's namespaces: makes the machine, starts the programs, and stays. When it ends, the
// kernel ends everything inside. Started by startLive (../start.ts), which hears about the progress by messages.
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Server } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { enforcerPlugin, enforcerSocket, renderConfiguration, wrappers } from "../configuration.ts";
import { inside, liveFiles, nodeName } from "../layout.ts";
import type { Settings, SupervisorMessage } from "../layout.ts";
import { closeAll, Enforcer } from "../network-policy/enforcer.ts";
import { Api } from "./api.ts";
import { components, ctrArguments } from "./components.ts";
import { makeMachine, makeWrapper } from "./machine.ts";
import { Processes } from "./processes.ts";
import { relay, type RelayTarget } from "./relay.ts";
import { followVolumes } from "./volumes.ts";

const run = promisify(execFile);
const files = liveFiles(inside);
const startTimeoutSeconds = 120;
/** How often a program may end before the node is ready. */
const startAttempts = 4;

function send(message: SupervisorMessage): void {
  if (process.connected) process.send?.(message);
}

/** Keys, certificates and kubeconfigs in kubeadm's layout. */
async function makeKeys(kubeadm: string): Promise<void> {
  const config = ["--config", join(files.configuration, "kubeadm.yaml")];
  await run(kubeadm, ["init", "phase", "certs", "all", ...config]);
  await run(kubeadm, [
    "init",
    "phase",
    "kubeconfig",
    "all",
    ...config,
    "--kubeconfig-dir",
    files.kubeconfigs,
  ]);
  const { stdout } = await run(kubeadm, [
    "kubeconfig",
    "user",
    "--client-name",
    "system:kube-proxy",
    ...config,
  ]);
  writeFileSync(join(files.kubeconfigs, "kube-proxy.conf"), stdout, { mode: 0o600 });
}

function writeConfiguration(settings: Settings): string {
  for (const [name, text] of Object.entries(renderConfiguration(settings, settings.kubernetesVersion))) {
    const file = join(files.configuration, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const stages = join(import.meta.dirname, "..", "..", "cluster", "stages");
  const kwokStages = join(files.configuration, "kwok-stages.yaml");
  // Volumes are real here (volumes.ts). Only some nodes, their pods, and the answers of a cloud are simulated.
  const simulated = readdirSync(stages).filter((file) => file !== "volumes.yaml");
  writeFileSync(
    kwokStages,
    simulated.map((file) => readFileSync(join(stages, file), "utf8")).join("\n---\n"),
  );
  return kwokStages;
}

/** Retries until it works. If it never does, the last error is the reason. */
async function eventually<T>(what: string, deadline: number, attempt: () => Promise<T>): Promise<T> {
  send({ status: `live: waiting for ${what}` });
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`${what}: ${String(error)}`, { cause: error });
      await sleep(100);
    }
  }
}

interface Conditions {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function hasCondition(api: Api, path: string, type: string): Promise<void> {
  const { status } = await api.get<Conditions>(path);
  if (!status.conditions?.some((condition) => condition.type === type && condition.status === "True"))
    throw new Error(`${path} is not ${type}: ${JSON.stringify(status.conditions ?? [])}`);
}

async function isReady(api: Api): Promise<void> {
  const { status, body } = await api.call("GET", "/readyz");
  if (status !== 200) throw new Error(body);
}

async function importImages(ctr: string, archives: readonly string[], deadline: number): Promise<void> {
  const labels = ["--local", "--label", "io.cri-containerd.image=managed"];
  for (const archive of archives) {
    await eventually(`containerd to take ${archive}`, deadline, () =>
      run(ctr, [...ctrArguments, "images", "import", ...labels, archive]),
    );
  }
}

let processes: Processes | undefined;

async function main(): Promise<void> {
  let ready = false;
  const api = Promise.withResolvers<Api>();
  process.on("message", (target: RelayTarget, server: unknown) => {
    if (server instanceof Server) relay(server, target, api.promise);
  });
  // The process that starts the node may be interrupted. Then the node stops, because it is incomplete.
  process.on("disconnect", () => {
    if (!ready) process.exit(1);
  });
  process.on("SIGTERM", () => process.exit(0));

  const settings = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Settings;
  const program = (name: string): string => settings.programs[name] ?? name;
  send({ status: "live: making network, mounts and cgroups" });
  makeMachine(settings.home, settings.cgroup);
  makeWrapper("nft", settings.nft);
  const kwokStages = writeConfiguration(settings);
  process.env["PATH"] = [wrappers, settings.path, process.env["PATH"] ?? ""].join(delimiter);
  const home = "/run/home";
  mkdirSync(home);
  process.env["HOME"] = home;
  process.env["TMPDIR"] = home;
  process.env["KWOK_WORKDIR"] = home;
  delete process.env["KUBECONFIG"];
  const plugin = join(import.meta.dirname, "..", "network-policy", "cni-plugin.ts");
  makeWrapper(
    enforcerPlugin,
    `/usr/bin/env ENFORCER_SOCKET=${enforcerSocket} '${process.execPath}' '${plugin}'`,
  );
  await closeAll();

  const deadline = Date.now() + startTimeoutSeconds * 1000;
  const running = new Processes(files.logs, { ...process.env }, (name, how, times) => {
    console.error(`${new Date().toISOString()} ${name} ended: ${how}`);
    if (ready) return;
    send({ status: `live: ${name} ended (${how}), starting it again` });
    if (times === startAttempts) giveUp(new Error(`${name} does not stay up`));
  });
  processes = running;
  const all = components(settings, kwokStages);
  const start = (...names: readonly string[]): void =>
    all.filter(({ name }) => names.includes(name)).forEach((component) => running.start(component));

  for (const component of settings.extra) running.start(component);
  start("etcd", "containerd");
  send({ status: "live: making keys" });
  await makeKeys(program("kubeadm"));
  start("kube-apiserver");
  const images = importImages(program("ctr"), settings.archives, deadline);
  const admin = join(files.kubeconfigs, "super-admin.conf");
  const client = new Api(admin);
  await eventually("the API server", deadline, () => isReady(client));
  api.resolve(client);
  new Enforcer().start(client);
  followVolumes(client);
  start("kube-controller-manager", "kube-scheduler", "kwok", "kubelet", "kube-proxy");
  const manifests = join(import.meta.dirname, "..", "manifests");
  await eventually("the cluster's own objects", deadline, () =>
    run(program("kubectl"), ["--kubeconfig", admin, "apply", "--server-side", "--filename", manifests]),
  );
  await images;
  await eventually("the node", deadline, () => hasCondition(client, `/api/v1/nodes/${nodeName}`, "Ready"));
  await eventually("cluster DNS", deadline, () =>
    hasCondition(client, "/apis/apps/v1/namespaces/kube-system/deployments/coredns", "Available"),
  );
  // Pods that are created before it exists are rejected.
  await eventually("the default ServiceAccount", deadline, () =>
    client.get("/api/v1/namespaces/default/serviceaccounts/default"),
  );
  ready = true;
  send({ ready: true });
}

function giveUp(error: unknown): void {
  console.error(error);
  const reason = error instanceof Error ? error.message : String(error);
  send({ failure: [reason, processes?.failures() ?? ""].join("\n").trim() });
  // The message must be sent before the process ends.
  setTimeout(() => process.exit(1), 200);
}

main().catch(giveUp);
