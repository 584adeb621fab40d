import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { TOKENS } from "../core/tokens.ts";
import type { KueueQueuesArgs } from "./args.ts";
import {
  queueNames,
  renderClusterQueue,
  renderFlavor,
  renderLocalQueue,
  renderPriority,
} from "./render-queues.ts";

/** The queues through which tenants share CPU, memory and GPUs. Kueue itself must already be installed. */
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
        // Kueue reports errors at once; it waits only for the flavor, and at the end for workloads that still run.
        { parent: this, dependsOn: after, customTimeouts: { create: "2m", delete: "2m" } },
      );
    const flavor = create("flavor", renderFlavor(names.flavor, args.nodeLabels ?? {}), []);
    const shared = renderClusterQueue(names.clusterQueue, names.flavor, args.quota, args.cohort);
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
