import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { TOKENS } from "../core/tokens.ts";
import {
  queueNames,
  renderClusterQueue,
  renderFlavor,
  renderLocalQueue,
  renderPriority,
  type SharedQuota,
  type TenantQueue,
} from "./render-queues.ts";

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

/** The queues through which tenants share CPU, memory and GPUs. Kueue itself is in the cluster already. */
export class KueueQueues extends pulumi.ComponentResource {
  constructor(name: string, args: KueueQueuesArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TOKENS.KueueQueues, name, {}, opts);

    const names = queueNames(args.namePrefix);
    const create = (
      role: string,
      manifest: kubernetes.apiextensions.CustomResourceArgs,
      after: pulumi.Resource[],
    ) =>
      new kubernetes.apiextensions.CustomResource(
        `${name}-${role}`,
        manifest,
        // Kueue sees what is wrong at once; it waits for nothing but the flavor.
        { parent: this, dependsOn: after, customTimeouts: { create: "2m" } },
      );
    const flavor = create("flavor", renderFlavor(names.flavor, args.nodeLabels ?? {}), []);
    const shared = renderClusterQueue(names.clusterQueue, names.flavor, args.quota);
    const clusterQueue = create("cluster-queue", shared, [flavor]);
    for (const queue of args.queues) {
      create(`queue-${queue.namespace}`, renderLocalQueue(queue, names.clusterQueue), [clusterQueue]);
    }
    for (const level of ["low", "high"] as const) {
      create(`priority-${level}`, renderPriority(names.priority[level], args.priorities[level]), []);
    }
    this.registerOutputs({ clusterQueue: names.clusterQueue });
  }
}
