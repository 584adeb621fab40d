import { objectLabels } from "../core/labels.ts";

/** Name of the driver: what StorageClasses and the CSIDriver object call it. */
export const NFS_PROVISIONER = "nfs.csi.k8s.io";
/** What the objects of this component are labelled as. */
export const STORAGE = "nfs-storage";

/** What the folder of a volume is called on the share: the driver fills the names in, not this program. */
const FOLDER = ["pvc.metadata.namespace", "pvc.metadata.name", "pv.metadata.name"]
  .map((field) => `\${${field}}`)
  .join("/");

/** The share that volumes are folders of. */
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
 * A StorageClass. `keep` says what becomes of a volume's folder when its claim goes; the driver and Kubernetes are told
 * alike, for each would delete it on its own.
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
      // No chmod after mounting: a share that squashes all users refuses it.
      mountPermissions: "0",
    },
    reclaimPolicy: keep ? "Retain" : "Delete",
    volumeBindingMode: "Immediate",
    allowVolumeExpansion: true,
    mountOptions: [...mountOptions],
  };
}

/** Values of the driver's chart. */
export function renderDriverValues({ squashesAll }: { readonly squashesAll: boolean }) {
  // With the policy kubelets chown what they mount, for every pod with an fsGroup: charts of others have one.
  return { feature: { enableFSGroupPolicy: !squashesAll } };
}
