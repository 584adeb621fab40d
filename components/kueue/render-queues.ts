import { KUEUE_MANAGED, objectLabels, PART_OF } from "../core/labels.ts";

/** Kueue 0.19's own version of its objects (apps.md §11). */
export const KUEUE_API = "kueue.x-k8s.io/v1beta2";
/** What the objects of this component are labelled as. */
export const KUEUE_QUEUES = "kueue-queues";

const NVIDIA_GPU = "nvidia.com/gpu";

/** What all queues share. */
export interface SharedQuota {
  readonly cpu: number;
  readonly memoryGi: number;
  /** Whole GPUs of NVIDIA. */
  readonly gpus: number;
}

/** One LocalQueue. */
export interface TenantQueue {
  readonly namespace: string;
  readonly name: string;
}

/** The names of what belongs to the whole cluster. */
export function queueNames(prefix: string) {
  return {
    flavor: `${prefix}-nodes`,
    clusterQueue: `${prefix}-tenants`,
    priority: { low: `${prefix}-low`, high: `${prefix}-high` },
  };
}

function object<Kind extends string, Spec>(
  kind: Kind,
  metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Record<string, string>;
  },
  body: Spec,
) {
  return {
    apiVersion: KUEUE_API,
    kind,
    metadata: { ...metadata, labels: objectLabels(KUEUE_QUEUES) },
    ...body,
  };
}

/** The nodes that workloads are admitted to. GPU nodes are tainted in most clouds, and workloads need not know it (S4.18). */
export function renderFlavor(name: string, nodeLabels: Readonly<Record<string, string>>) {
  return object(
    "ResourceFlavor",
    { name },
    {
      spec: {
        ...(Object.keys(nodeLabels).length === 0 ? {} : { nodeLabels }),
        tolerations: [{ key: NVIDIA_GPU, operator: "Exists", effect: "NoSchedule" }],
      },
    },
  );
}

/**
 * What all queues share, of one flavor. The update waits until Kueue says that it is active: one that is not admits
 * nothing, and workloads would wait without a word.
 */
export function renderClusterQueue(name: string, flavor: string, { cpu, memoryGi, gpus }: SharedQuota) {
  const resources = { cpu: String(cpu), memory: `${memoryGi}Gi`, [NVIDIA_GPU]: String(gpus) };
  return object(
    "ClusterQueue",
    { name, annotations: { "pulumi.com/waitFor": "condition=Active" } },
    {
      spec: {
        namespaceSelector: { matchLabels: { [KUEUE_MANAGED]: "true", "app.kubernetes.io/part-of": PART_OF } },
        queueingStrategy: "BestEffortFIFO",
        preemption: { withinClusterQueue: "LowerPriority" },
        resourceGroups: [
          {
            coveredResources: Object.keys(resources),
            flavors: [
              {
                name: flavor,
                resources: Object.entries(resources).map(([resource, nominalQuota]) => ({
                  name: resource,
                  nominalQuota,
                })),
              },
            ],
          },
        ],
      },
    },
  );
}

/** The queue of a tenant: what its workloads name. */
export function renderLocalQueue(queue: TenantQueue, clusterQueue: string) {
  return object("LocalQueue", { name: queue.name, namespace: queue.namespace }, { spec: { clusterQueue } });
}

/** What a workload can name to come before others, or after. */
export function renderPriority(name: string, value: number) {
  return object("WorkloadPriorityClass", { name }, { value });
}
