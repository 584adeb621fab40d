import type { Cohort, SharedQuota, TenantQueue } from "./render-queues.ts";

/** Arguments of {@link KueueQueues}. */
export interface KueueQueuesArgs {
  /** Prefix of the names of cluster-scoped objects. */
  readonly namePrefix: string;
  /** Resources that all queues share. */
  readonly quota: SharedQuota;
  /**
   * Where the queues borrow and lend.
   * @default the queues are on their own
   */
  readonly cohort?: Cohort;
  /**
   * Labels of the nodes for admitted workloads.
   * @default any node
   */
  readonly nodeLabels?: Readonly<Record<string, string>>;
  /** The two priority classes. Kueue preempts workloads with the lower one for workloads with the higher one. */
  readonly priorities: { readonly low: number; readonly high: number };
  /** The LocalQueues, each in a namespace that Kueue manages. */
  readonly queues: readonly TenantQueue[];
}
