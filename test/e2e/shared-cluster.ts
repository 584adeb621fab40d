// One cluster for the test files that only make objects in it. Each file leaves it as it was.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster, stopCluster } from "../../sandbox/cluster/cluster.ts";
import { statePaths, type StatePaths } from "../../sandbox/paths.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { Kubectl } from "./kubectl.ts";

/** Kinds without a namespace that tests make. What could refuse a deletion comes first. */
const KINDS = [
  "validatingwebhookconfigurations",
  "mutatingwebhookconfigurations",
  "validatingadmissionpolicybindings",
  "validatingadmissionpolicies",
  "namespaces",
  "customresourcedefinitions",
  "clusterrolebindings",
  "clusterroles",
  "persistentvolumes",
  "storageclasses",
  "priorityclasses",
].join(",");

export class SharedCluster {
  readonly kubectl: Kubectl;
  readonly paths: StatePaths;
  readonly #first: ReadonlySet<string>;

  static async start(): Promise<SharedCluster> {
    const tools = await ensureTools(["kubernetes", "kwok"], createReport());
    const paths = statePaths(mkdtempSync(join(tmpdir(), "shared-cluster-")));
    await startCluster(tools, createReport(), paths);
    const kubectl = new Kubectl(tools.kubectl, paths.kubeconfig);
    return new SharedCluster(kubectl, paths, await objectsOf(kubectl));
  }

  private constructor(kubectl: Kubectl, paths: StatePaths, first: readonly string[]) {
    this.kubectl = kubectl;
    this.paths = paths;
    this.#first = new Set(first);
  }

  /** Deletes what came since the start, with all that is in its namespaces. Waits until it is gone. */
  async clear(): Promise<void> {
    const added = (await objectsOf(this.kubectl)).filter((object) => !this.#first.has(object));
    if (added.length > 0)
      await this.kubectl.run(`delete --ignore-not-found --timeout=60s ${added.join(" ")}`);
  }

  async stop(): Promise<void> {
    await stopCluster(this.paths);
    rmSync(this.paths.root, { recursive: true, force: true });
  }
}

async function objectsOf(kubectl: Kubectl): Promise<string[]> {
  return (await kubectl.run(`get ${KINDS} -o name`)).split("\n").filter(Boolean);
}

let shared: Promise<SharedCluster> | undefined;

/** Starts when it is first asked for; after a failed start, the next file tries again. */
export function sharedCluster(): Promise<SharedCluster> {
  shared ??= SharedCluster.start().catch((error: unknown) => {
    shared = undefined;
    throw error;
  });
  return shared;
}

after("stops the shared cluster", async () => (await shared)?.stop());
