// The cluster of a sandbox stack: the simulated cluster, or the live node.
import { join } from "node:path";
import { KYVERNO_CHART } from "../../components/kyverno/chart.ts";
import { OPEN_WEBUI } from "../../components/open-webui/endpoints.ts";
import { PHOENIX } from "../../components/phoenix/endpoints.ts";
import { ensureOfficialChart } from "../charts/kyverno.ts";
import { defineCloudNativePg } from "../cluster/cloudnativepg.ts";
import { clusterStatus, startCluster, stopCluster } from "../cluster/cluster.ts";
import {
  clusterQueues,
  isInstalled,
  kueueFiles,
  kueueStatus,
  startKueue,
  uninstallKueue,
} from "../cluster/kueue/manager.ts";
import { kyvernoChartFolder, simulatedOverlay } from "../cluster/overlay.ts";
import { liveUrls } from "../live/exposure.ts";
import { startKueueOnNode } from "../live/kueue/index.ts";
import { liveOverlay } from "../live/overlay.ts";
import { startPlatformNode } from "../live/platform.ts";
import { liveStatus } from "../live/status.ts";
import { stopLive } from "../live/stop.ts";
import { ensureTools, type ToolPaths } from "../tools/ensure.ts";
import type { Context } from "./context.ts";
import type { Kubectl } from "./kubectl.ts";
import type { StackNeeds } from "./stack-needs.ts";
import { renderTable } from "./table.ts";

export interface StackCluster {
  /** Its kubeconfig context. */
  readonly context: string;
  /** Values of the stack's configuration that differ from the tracked file on this cluster. */
  readonly overlay: Readonly<Record<string, unknown>>;
}

/** Starts the cluster, or finds it running. */
export async function startStackCluster(
  { live, report, paths }: Context,
  tools: ToolPaths<"kubernetes" | "kwok">,
): Promise<StackCluster> {
  if (!live) {
    const { context } = await startCluster(tools, report, paths);
    return { context, overlay: simulatedOverlay(paths.root) };
  }
  const { context, images } = await startPlatformNode(report, { paths });
  return { context, overlay: liveOverlay(images, await liveUrls([PHOENIX, OPEN_WEBUI], paths)) };
}

/** Creates what the stack expects in the cluster and no chart can install here, and the charts that it installs. */
export async function prepareStackCluster(
  context: Context,
  needs: StackNeeds,
  kubectl: Kubectl,
): Promise<void> {
  // The live stack is dev, which has no charts.
  if (!context.live) await prepareCharts(context, needs, kubectl);
  await prepareKueue(context, needs, kubectl);
}

async function prepareCharts(
  { paths, report, environment }: Context,
  { cloudNativePg, kyverno, replacedCharts }: StackNeeds,
  kubectl: Kubectl,
): Promise<void> {
  if (kyverno) await ensureOfficialChart(kyvernoChartFolder(paths.root));
  const line = chartsLine(kyverno, replacedCharts);
  if (line !== undefined) report.line(line);
  if (cloudNativePg) {
    report.status("cluster: defining CloudNativePG's kinds");
    await defineCloudNativePg(kubectl, join(paths.root, "cloudnativepg"), environment);
  }
}

async function prepareKueue(
  { live, paths, report, environment }: Context,
  { kueue }: StackNeeds,
  kubectl: Kubectl,
): Promise<void> {
  const files = kueueFiles(paths);
  const setting = { kubectl, files, report, environment };
  // A stack that has turned Kueue off has yet to delete its queues, and the manager removes their finalizers.
  if (kueue || (isInstalled(files) && (await clusterQueues(kubectl)).length > 0)) {
    if (live) await startKueueOnNode(setting, paths);
    else {
      const { kueue: program } = await ensureTools(["kueue"], report, environment);
      await startKueue({ ...setting, program });
    }
  } else if (isInstalled(files)) await uninstallKueue(kubectl, files);
}

/** Where the charts of the stack come from. */
function chartsLine(kyverno: boolean, replaced: readonly string[]): string | undefined {
  const own = kyverno ? [`kyverno ${KYVERNO_CHART.version} is the official one, from its Go module`] : [];
  const others =
    replaced.length === 0
      ? []
      : [
          `the official ones of ${replaced.join(" and ")} are in no package registry, so small charts of this project replace them (sandbox/charts)`,
        ];
  const all = [...own, ...others];
  return all.length === 0 ? undefined : `charts: ${all.join("; ")}`;
}

/** Whether the cluster is healthy, and a table of its parts. */
export async function stackClusterStatus({
  live,
  paths,
}: Context): Promise<{ readonly healthy: boolean; readonly text: string }> {
  if (live) {
    const { running, nodeReady } = await liveStatus(paths);
    const state = running ? (nodeReady ? "ready" : "not ready") : "stopped";
    return { healthy: running && nodeReady, text: renderTable(["CLUSTER", "STATE"], [["live node", state]]) };
  }
  const { healthy, components } = await clusterStatus(paths);
  const kueue = await kueueStatus(kueueFiles(paths));
  const all = [...components, ...(kueue === undefined ? [] : [{ name: "kueue", ...kueue }])];
  const rows = all.map(({ name, pid, port, healthy: well }) => [
    name,
    pid === undefined ? "stopped" : well ? "healthy" : "not healthy",
    pid === undefined ? "" : String(pid),
    pid === undefined || port === undefined ? "" : String(port),
  ]);
  return {
    healthy: healthy && kueue?.healthy !== false,
    text: renderTable(["CLUSTER", "STATE", "PROCESS", "PORT"], rows),
  };
}

export async function stopStackCluster({ live, paths }: Context): Promise<void> {
  await (live ? stopLive(paths) : stopCluster(paths));
}
