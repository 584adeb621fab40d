import { PART_OF } from "../../components/core/labels.ts";
import { clusterQueues } from "../cluster/kueue/manager.ts";
import type { Kubectl } from "./kubectl.ts";

/**
 * Suspends the workloads of the stack's queues: Kueue deletes a ClusterQueue only when no workload uses its quota. Only
 * for a sandbox, which goes with everything in it.
 */
export async function drainQueues(kubectl: Kubectl): Promise<void> {
  const patch = JSON.stringify({ spec: { stopPolicy: "HoldAndDrain" } });
  for (const name of await clusterQueues(kubectl, `--selector=app.kubernetes.io/part-of=${PART_OF}`)) {
    await kubectl("patch", name, "--type=merge", `--patch=${patch}`);
  }
}
