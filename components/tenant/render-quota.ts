import { objectLabels } from "../core/labels.ts";

/** What all pods of a tenant may have together. */
export interface TenantQuota {
  /** Cores, of what pods request: a busy pod may use idle cores besides. */
  readonly cpu: number;
  /** GiB, of what pods request and of what they are limited to: memory is not shared. */
  readonly memoryGi: number;
  /** Whole GPUs of NVIDIA. */
  readonly gpus: number;
  readonly pods: number;
  /** GiB of all claims. */
  readonly storageGi: number;
}

/** What one container has that says nothing, and the most that it can have. */
export interface ContainerLimits {
  readonly default: ContainerSize;
  readonly max: ContainerSize;
}

/** Of a container. */
export interface ContainerSize {
  readonly cpuMillicores: number;
  readonly memoryMi: number;
}

export const NVIDIA_GPU = "nvidia.com/gpu";

/**
 * Other ways to a GPU. A quota is open for what it does not name, and takes no pattern: these are what a device plugin
 * offers for whole and shared cards, and what a pod claims devices with. Slices (MIG) have a name a size; Kueue admits
 * no resource that its ClusterQueue does not cover.
 */
const CLOSED = [
  "requests.amd.com/gpu",
  "requests.nvidia.com/gpu.shared",
  "count/resourceclaims.resource.k8s.io",
  "count/resourceclaimtemplates.resource.k8s.io",
];

const NAME = "tenant";

/** The ResourceQuota of a tenant. A Service of a tenant is never reached from outside: nothing goes round the gateway. */
export function renderQuota(namespace: string, { cpu, memoryGi, gpus, pods, storageGi }: TenantQuota) {
  return {
    metadata: { name: NAME, namespace, labels: objectLabels(namespace) },
    spec: {
      hard: {
        pods: String(pods),
        "requests.cpu": String(cpu),
        "requests.memory": `${memoryGi}Gi`,
        "limits.memory": `${memoryGi}Gi`,
        "requests.storage": `${storageGi}Gi`,
        [`requests.${NVIDIA_GPU}`]: String(gpus),
        ...Object.fromEntries(CLOSED.map((resource) => [resource, "0"])),
        "services.loadbalancers": "0",
        "services.nodeports": "0",
      },
    },
  };
}

/**
 * No pod of a tenant has a priority of the cluster's own parts, which anybody may name: the scheduler would end the
 * platform's pods to make room for it.
 */
export function renderPriorityQuota(namespace: string) {
  return {
    metadata: { name: `${NAME}-system-priorities`, namespace, labels: objectLabels(namespace) },
    spec: {
      hard: { pods: "0" },
      scopeSelector: {
        matchExpressions: [
          {
            scopeName: "PriorityClass",
            operator: "In",
            values: ["system-cluster-critical", "system-node-critical"],
          },
        ],
      },
    },
  };
}

/** The LimitRange of a tenant: with a quota, a container that says nothing would be refused (S0.39). */
export function renderLimits(namespace: string, limits: ContainerLimits) {
  const max = quantities(limits.max);
  const own = quantities(limits.default);
  return {
    metadata: { name: NAME, namespace, labels: objectLabels(namespace) },
    spec: {
      limits: [
        {
          type: "Container",
          max,
          // CPU is throttled at the limit, memory is not: a container may burst in the first, and gets what it asks of the second.
          default: { cpu: max.cpu, memory: own.memory },
          defaultRequest: own,
        },
      ],
    },
  };
}

function quantities({ cpuMillicores, memoryMi }: ContainerSize) {
  return { cpu: `${cpuMillicores}m`, memory: `${memoryMi}Mi` };
}
