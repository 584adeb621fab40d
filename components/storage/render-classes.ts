import { objectLabels } from "../core/labels.ts";

/** Name of the driver in StorageClasses and in the CSIDriver object. */
const NFS_PROVISIONER = "nfs.csi.k8s.io";
/** Label value of the objects of this component. */
const STORAGE = "nfs-storage";

/** Name of a volume's folder on the share. The driver replaces the placeholders, not this program. */
const FOLDER = ["pvc.metadata.namespace", "pvc.metadata.name", "pv.metadata.name"]
  .map((field) => `\${${field}}`)
  .join("/");

/** The share that contains the folders of volumes. */
export interface NfsShare {
  readonly server: string;
  /** The exported path. */
  readonly share: string;
  readonly mountOptions: readonly string[];
}

/** The two classes of a stack. */
export function classNames(prefix: string) {
  return { retained: `${prefix}-nfs`, ephemeral: `${prefix}-nfs-ephemeral` };
}

/** Whether a class is one of the two. */
export function isNfsClass(prefix: string, storageClass: string | undefined): boolean {
  const names: readonly (string | undefined)[] = Object.values(classNames(prefix));
  return names.includes(storageClass);
}

/**
 * A StorageClass. `keep` decides whether the folder of a volume is kept when its claim is deleted. It sets both the
 * driver and the reclaim policy, because each would delete the folder on its own.
 */
export function renderClass(name: string, { server, share, mountOptions }: NfsShare, keep: boolean) {
  return {
    metadata: { name, labels: objectLabels(STORAGE) },
    provisioner: NFS_PROVISIONER,
    parameters: {
      server,
      share,
      subDir: FOLDER,
      onDelete: keep ? "retain" : "delete",
      // No chmod after mounting: a share that squashes all users rejects it.
      mountPermissions: "0",
    },
    reclaimPolicy: keep ? "Retain" : "Delete",
    volumeBindingMode: "Immediate",
    allowVolumeExpansion: true,
    mountOptions: [...mountOptions],
  };
}

/** Values of the chart of the driver. */
export function renderDriverValues({ squashesAll }: { readonly squashesAll: boolean }) {
  return {
    // The chart does not install the definitions of snapshots, and without them the snapshotter does not start.
    controller: { enableSnapshotter: false },
    // With this policy kubelets chown volumes for every pod with an fsGroup, and charts of other projects set one.
    feature: { enableFSGroupPolicy: !squashesAll },
  };
}
