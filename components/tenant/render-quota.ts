import { objectLabels } from "../core/labels.ts";
import { TENANT_RIGHTS } from "../core/tenant-rights.ts";

/** The total for all pods of a tenant. */
export interface TenantQuota {
  /** Cores, as requested by pods. A busy pod can use idle cores in addition. */
  readonly cpu: number;
  /** GiB, as requested by pods and as their limits: memory is not shared. */
  readonly memoryGi: number;
  /** Whole NVIDIA GPUs. */
  readonly gpus: number;
  /** Pods that have not finished. */
  readonly pods: number;
  /** GiB of all claims. */
  readonly storageGi: number;
  /** Objects of each kind that its users can create. Pods that have finished count. */
  readonly objects: number;
}

/** Names of classes of the cluster that the objects of a tenant may use. It may use no other. */
export interface TenantClasses {
  /** StorageClasses. Without one, the tenant may have no claims. */
  readonly storage: readonly string[];
  /** PriorityClasses. List the class that the cluster gives to pods without one (`globalDefault`). */
  readonly priority: readonly string[];
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

/** A claim costs a volume of the storage system and a folder or a disk on a node, however little it requests. */
const SMALLEST_CLAIM = "1Gi";
const CLAIMS = "persistentvolumeclaims";
/** Kinds that controllers create for a tenant. A Deployment keeps as many ReplicaSets as its user asks for. */
const MADE_FOR: Readonly<Record<string, string>> = { "deployments.apps": "replicasets.apps" };

/** The kinds that the users of a tenant can create, as a quota names them: `configmaps`, `jobs.batch`. */
export function createdKinds(): string[] {
  return TENANT_RIGHTS.filter(({ verbs }) => verbs.includes("create")).flatMap(({ group, resources }) =>
    resources
      // A subresource stores no object.
      .filter((resource) => !resource.includes("/"))
      .map((resource) => (group === "" ? resource : `${resource}.${group}`))
      .flatMap((kind) => [kind, ...[MADE_FOR[kind]].filter((made) => made !== undefined)]),
  );
}

function objectCounts(objects: number, hasClaims: boolean): Record<string, string> {
  return Object.fromEntries(
    createdKinds().map((kind) => [`count/${kind}`, kind === CLAIMS && !hasClaims ? "0" : String(objects)]),
  );
}

/**
 * The ResourceQuota of a tenant. It forbids Services that are reachable from outside, which would bypass the
 * gateway.
 */
export function renderQuota(
  namespace: string,
  { cpu, memoryGi, gpus, pods, storageGi, objects }: TenantQuota,
  classes: TenantClasses,
) {
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
        ...objectCounts(objects, classes.storage.length > 0),
      },
    },
  };
}

/**
 * Every user may name any PriorityClass, and the scheduler would evict pods of the platform for a high one. Pods of a
 * tenant use the listed classes or none.
 */
export function renderPriorityQuota(namespace: string, { priority }: Pick<TenantClasses, "priority">) {
  const scopeName = "PriorityClass";
  return {
    metadata: { name: `${NAME}-priorities`, namespace, labels: objectLabels(namespace) },
    spec: {
      hard: { pods: "0" },
      scopeSelector: {
        matchExpressions: [
          { scopeName, operator: "Exists" },
          ...(priority.length === 0 ? [] : [{ scopeName, operator: "NotIn", values: [...priority] }]),
        ],
      },
    },
  };
}

/**
 * The LimitRange of a tenant. A container without requests and limits would violate the quota, so it gets defaults.
 * Claims have a smallest size.
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
        { type: "PersistentVolumeClaim", min: { storage: SMALLEST_CLAIM } },
      ],
    },
  };
}

function quantities({ cpuMillicores, memoryMi }: ContainerSize) {
  return { cpu: `${cpuMillicores}m`, memory: `${memoryMi}Mi` };
}
