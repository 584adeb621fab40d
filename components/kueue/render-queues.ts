import { KUEUE_MANAGED, objectLabels, PART_OF } from "../core/labels.ts";

/** The API version of Kueue 0.19 (docs/references.md#kueue-objects). */
const KUEUE_API = "kueue.x-k8s.io/v1beta2";
/** Label value of the objects of this component. */
const KUEUE_QUEUES = "kueue-queues";

const NVIDIA_GPU = "nvidia.com/gpu";

/** Resources that all queues share. */
export interface SharedQuota {
  readonly cpu: number;
  readonly memoryGi: number;
  /** Whole NVIDIA GPUs. */
  readonly gpus: number;
}

/** ClusterQueues of others with which the queues share what is not used. */
export interface Cohort {
  readonly name: string;
  /** What workloads may get beyond the quota. */
  readonly borrow: SharedQuota;
}

/** One LocalQueue. */
export interface TenantQueue {
  readonly namespace: string;
  readonly name: string;
}

/** The names of the cluster-scoped objects. */
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

/**
 * The nodes for admitted workloads. Most clouds taint GPU nodes; the flavor tolerates the taint, so workloads need
 * not (docs/references.md#kueue-objects).
 */
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
 * The resources that all queues share, with one flavor. The update waits until the queue is active: an inactive
 * queue admits nothing, and workloads would wait without an error.
 */
export function renderClusterQueue(name: string, flavor: string, quota: SharedQuota, cohort?: Cohort) {
  const resources = quantities(quota);
  const borrowed = cohort && quantities(cohort.borrow);
  return object(
    "ClusterQueue",
    { name, annotations: { "pulumi.com/waitFor": "condition=Active" } },
    {
      spec: {
        namespaceSelector: { matchLabels: { [KUEUE_MANAGED]: "true", "app.kubernetes.io/part-of": PART_OF } },
        queueingStrategy: "BestEffortFIFO",
        ...(cohort && { cohortName: cohort.name }),
        preemption: {
          withinClusterQueue: "LowerPriority",
          // The quota is a promise: who has borrowed of it gives it back at once.
          ...(cohort && { reclaimWithinCohort: "Any" }),
        },
        resourceGroups: [
          {
            coveredResources: Object.keys(resources),
            flavors: [
              {
                name: flavor,
                resources: Object.entries(resources).map(([resource, nominalQuota]) => ({
                  name: resource,
                  nominalQuota,
                  ...(borrowed && { borrowingLimit: borrowed[resource] }),
                })),
              },
            ],
          },
        ],
      },
    },
  );
}

function quantities({ cpu, memoryGi, gpus }: SharedQuota): Record<string, string> {
  return { cpu: String(cpu), memory: `${memoryGi}Gi`, [NVIDIA_GPU]: String(gpus) };
}

/** The queue of a tenant, which its workloads name. */
export function renderLocalQueue(queue: TenantQueue, clusterQueue: string) {
  return object("LocalQueue", { name: queue.name, namespace: queue.namespace }, { spec: { clusterQueue } });
}

/** A priority that a workload can name. */
export function renderPriority(name: string, value: number) {
  return object("WorkloadPriorityClass", { name }, { value });
}
