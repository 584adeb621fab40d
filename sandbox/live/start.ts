// The live node: a Kubernetes whose pods really run, in namespaces of its own. Everything is one process tree below
// one `unshare`; the host sees its processes, its group in the cgroups, its folder, and ports on its loopback.
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
    // What a node that ended by itself has left: nothing of it can be trusted to be whole.
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

/** False: there is none. A node that runs and is not Ready holds data, so it is never replaced without a request. */
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
