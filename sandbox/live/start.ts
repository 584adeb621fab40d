// The live node: a Kubernetes cluster in its own namespaces that runs containers. Everything is one process tree below one
// `unshare`. On the host are only its processes, its cgroups, its folder, and ports on the loopback.
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { statePaths, type StatePaths } from "../paths.ts";
import type { Report } from "../report.ts";
import { tryLock, unlock } from "../tools/lock.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { launch } from "./launch.ts";
import { clusterName, liveFiles, liveHome } from "./layout.ts";
import { findNft } from "./nft.ts";
import { machineProblems, nftProblems, refusal } from "./preflight.ts";
import { type NodeContents, prepare } from "./prepare.ts";
import { liveStatus } from "./status.ts";
import { endProcesses, stopLive } from "./stop.ts";

export interface RunningLive {
  /** For the host: the API server by its port on the loopback. */
  readonly kubeconfig: string;
  /** The one context in it. */
  readonly context: string;
  readonly alreadyRunning: boolean;
  readonly seconds: number;
}

export interface LiveOptions extends NodeContents {
  readonly paths?: StatePaths;
}

export async function startLive(report: Report, options: LiveOptions = {}): Promise<RunningLive> {
  const started = Date.now();
  const paths = options.paths ?? statePaths();
  const done = (alreadyRunning: boolean): RunningLive => ({
    kubeconfig: paths.kubeconfig,
    context: clusterName,
    alreadyRunning,
    seconds: (Date.now() - started) / 1000,
  });
  await mkdir(paths.root, { recursive: true });
  const lock = `${liveHome(paths)}.lock`;
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
    // The remains of a node that ended by itself may be incomplete.
    await stopLive(paths);
    const settings = await prepare(report, paths, nft, options);
    try {
      await writeKubeconfig(paths, await launch(settings, paths, report));
    } catch (error) {
      await endProcesses(paths);
      throw error;
    }
    return done(false);
  } finally {
    await unlock(lock);
  }
}

const patienceSeconds = 30;

/** False if there is no node. A node that runs but is not Ready has data, so it is never replaced without a request. */
async function isRunning(paths: StatePaths, report: Report): Promise<boolean> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (;;) {
    const { running, nodeReady } = await liveStatus(paths);
    if (!running || nodeReady) return running;
    if (Date.now() > deadline) {
      throw new Error(
        `The live node runs, but has not been Ready for ${patienceSeconds} s. Logs: ${liveFiles(liveHome(paths)).logs}. ` +
          "To remove it with its data and start again: make live-down && make live",
      );
    }
    report.status("live: the node runs; waiting until it is Ready");
    await sleep(500);
  }
}
