import { objectLabels } from "../core/labels.ts";

/** The total for all pods of a tenant. */
export interface TenantQuota {
  /** Cores, as requested by pods. A busy pod can use idle cores in addition. */
  readonly cpu: number;
  /** GiB, as requested by pods and as their limits: memory is not shared. */
  readonly memoryGi: number;
  /** Whole NVIDIA GPUs. */
  readonly gpus: number;
  readonly pods: number;
  /** GiB of all claims. */
  readonly storageGi: number;
}

/** Default and maximum of one container. */
export interface ContainerLimits {
  readonly default: ContainerSize;
  readonly max: ContainerSize;
}

/** The size of a container. */
export interface ContainerSize {
  readonly cpuMillicores: number;
  readonly memoryMi: number;
}

const NVIDIA_GPU = "nvidia.com/gpu";

/**
 * Other ways to get a GPU. A quota does not limit what it does not name, and does not support patterns. This list
 * covers the resources of device plugins for whole and shared GPUs, and device claims. MIG slices have one name per
 * size; Kueue admits no resource that its ClusterQueue does not cover.
 */
const CLOSED = [
  "requests.amd.com/gpu",
  "requests.nvidia.com/gpu.shared",
  "count/resourceclaims.resource.k8s.io",
  "count/resourceclaimtemplates.resource.k8s.io",
];

const NAME = "tenant";

/**
 * The ResourceQuota of a tenant. It forbids Services that are reachable from outside, which would bypass the
 * gateway.
 */
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
 * Pods of a tenant cannot use the system priority classes, which every user may name: the scheduler would evict
 * pods of the platform for them.
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

/**
 * The LimitRange of a tenant. A container without requests and limits would violate the quota, so it gets defaults.
 */
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
          // CPU is throttled at the limit, memory is not. A container can burst CPU, but gets exactly the memory
          // that it requests.
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
