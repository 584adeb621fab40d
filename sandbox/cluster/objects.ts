// What a cloud would have put into the cluster: nodes and storage classes. Objects as the API server takes them.

export interface ClusterObject {
  /** Of the collection it is created in. */
  readonly path: string;
  readonly body: { readonly metadata: { readonly name: string } };
}

const resources = { cpu: "32", memory: "256Gi", pods: "250", "ephemeral-storage": "500Gi" };

function node(
  index: number,
  extra: { labels?: Record<string, string>; resources?: Record<string, string> },
): ClusterObject {
  const name = `node-${index}`;
  const all = { ...resources, ...extra.resources };
  return {
    path: "/api/v1/nodes",
    body: {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name,
        labels: {
          "kubernetes.io/arch": "amd64",
          "kubernetes.io/os": "linux",
          "kubernetes.io/hostname": name,
          "topology.kubernetes.io/region": "sandbox",
          "topology.kubernetes.io/zone": `sandbox-${index}`,
          ...extra.labels,
        },
      },
      status: {
        capacity: all,
        allocatable: all,
        addresses: [
          { type: "InternalIP", address: `10.0.0.${index}` },
          { type: "Hostname", address: name },
        ],
      },
    } as ClusterObject["body"],
  };
}

export const nodes: readonly ClusterObject[] = [
  node(1, {}),
  node(2, {}),
  node(3, { labels: { "nvidia.com/gpu.present": "true" }, resources: { "nvidia.com/gpu": "8" } }),
];

/** The name that stages/volumes.yaml answers to. */
const volumeProvisioner = "sandbox.llm-platform/volumes";

function storageClass(name: string, volumeBindingMode: string, isDefault: boolean): ClusterObject {
  return {
    path: "/apis/storage.k8s.io/v1/storageclasses",
    body: {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: {
        name,
        annotations: isDefault ? { "storageclass.kubernetes.io/is-default-class": "true" } : {},
      },
      provisioner: volumeProvisioner,
      reclaimPolicy: "Delete",
      volumeBindingMode,
    } as ClusterObject["body"],
  };
}

export const storageClasses: readonly ClusterObject[] = [
  storageClass("standard", "WaitForFirstConsumer", true),
  storageClass("immediate", "Immediate", false),
];
