import type { Exposure } from "./exposure.ts";
import type { PodArgs } from "./render-pod.ts";

/** Arguments of {@link Workload}. */
export interface WorkloadArgs {
  /** Names the controller and the Service. */
  readonly application: string;
  readonly role: string;
  readonly namespace: string;
  /** A StatefulSet stops the old pod before it starts the new one, as a volume with one writer needs. */
  readonly controller: "Deployment" | "StatefulSet";
  /**
   * Number of pods; the least of them with `autoscale`.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * Lets a HorizontalPodAutoscaler choose the number of a Deployment's pods, by the CPU that they use of what they request.
   * @default none
   */
  readonly autoscale?: { readonly maxReplicas: number; readonly cpuPercent: number };
  /**
   * How long a new pod has to be ready before the next one is replaced.
   * @default 0
   */
  readonly minReadySeconds?: number;
  /**
   * How many pods may be away at once while nodes are drained. One pod alone has no disruption budget.
   * @default one
   */
  readonly podDisruption?: { readonly maxUnavailable: number };
  /**
   * Gives the pods of a StatefulSet addresses of their own (`app-0.app-headless`), before they are ready too: members of
   * a cluster find each other to become ready.
   * @default false
   */
  readonly headless?: boolean;
  /**
   * Whether a StatefulSet starts its pods one after the other, or all at once.
   * @default OrderedReady
   */
  readonly podManagement?: "OrderedReady" | "Parallel";
  /**
   * How the port named `http` is reached from outside the cluster. The network needs {@link exposureEdges} besides.
   * @default none
   */
  readonly exposure?: Exposure;
  /** A server has probes. */
  readonly pod: PodArgs & Required<Pick<PodArgs, "ports" | "probes">>;
}
