import type { SharedQuota, TenantQueue } from "./render-queues.ts";

/** Arguments of {@link KueueQueues}. */
export interface KueueQueuesArgs {
  /** Begins the names of what belongs to the whole cluster. */
  readonly namePrefix: string;
  /** What all queues share. */
  readonly quota: SharedQuota;
  /**
   * Labels of the nodes that admitted workloads go to.
   * @default any node
   */
  readonly nodeLabels?: Readonly<Record<string, string>>;
  /** The two classes of workloads: the lower makes room for the higher. */
  readonly priorities: { readonly low: number; readonly high: number };
  /** The LocalQueues, each in a namespace that is under Kueue's control. */
  readonly queues: readonly TenantQueue[];
}
