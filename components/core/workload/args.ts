import type { Exposure } from "./exposure.ts";
import type { PodArgs } from "./render-pod.ts";

/** Arguments of {@link Workload}. */
export interface WorkloadArgs {
  /** Name of the controller and the Service. */
  readonly application: string;
  readonly role: string;
  readonly namespace: string;
  /** A StatefulSet stops the old pod before it starts the new one, as a single-writer volume requires. */
  readonly controller: "Deployment" | "StatefulSet";
  /**
   * Number of pods; the minimum with `autoscale`.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * A HorizontalPodAutoscaler for a Deployment, by CPU usage relative to requests.
   * @default none
   */
  readonly autoscale?: { readonly maxReplicas: number; readonly cpuPercent: number };
  /**
   * How long a new pod must be ready before the next one is replaced.
   * @default 0
   */
  readonly minReadySeconds?: number;
  /**
   * How many pods may be unavailable while nodes are drained. A single pod has no disruption budget.
   * @default one
   */
  readonly podDisruption?: { readonly maxUnavailable: number };
  /**
   * Gives the pods of a StatefulSet their own addresses (`app-0.app-headless`), even before they are ready: members
   * of a cluster must find each other to become ready.
   * @default false
   */
  readonly headless?: boolean;
  /**
   * Whether a StatefulSet starts its pods one after another or all at once.
   * @default OrderedReady
   */
  readonly podManagement?: "OrderedReady" | "Parallel";
  /**
   * How the port named `http` is exposed outside the cluster. The network also needs {@link exposureEdges}.
   * @default none
   */
  readonly exposure?: Exposure;
  /** A server needs ports and probes. */
  readonly pod: PodArgs & Required<Pick<PodArgs, "ports" | "probes">>;
}
