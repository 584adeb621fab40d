import { PART_OF } from "../../components/core/labels.ts";
import type { Kubectl } from "./kubectl.ts";

const QUEUES = "clusterqueues.kueue.x-k8s.io";

/**
 * Suspends the workloads of the stack's queues: Kueue deletes a ClusterQueue only when no workload uses its quota. Only
 * for a sandbox, which goes with everything in it.
 */
export async function drainQueues(kubectl: Kubectl): Promise<void> {
  const kinds = await kubectl("api-resources", "--api-group=kueue.x-k8s.io", "--output=name");
  if (!kinds.split("\n").includes(QUEUES)) return;
  const names = await kubectl(
    "get",
    QUEUES,
    `--selector=app.kubernetes.io/part-of=${PART_OF}`,
    "--output=name",
  );
  const patch = JSON.stringify({ spec: { stopPolicy: "HoldAndDrain" } });
  for (const name of names.split("\n").filter(Boolean)) {
    await kubectl("patch", name, "--type=merge", `--patch=${patch}`);
  }
}
