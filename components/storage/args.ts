import type { ChartSource } from "../core/release/chart.ts";
import type { Squash } from "../core/workload/render-pod.ts";
import type { NfsShare } from "./render-classes.ts";

/** A storage class, and the settings for pods that use it. */
export interface StorageProfile {
  readonly storageClass: string;
  /** Value for `pod.squash` of every workload with a volume of this class. */
  readonly squash?: Squash;
}

/** Arguments of {@link Storage}. */
export interface StorageArgs extends NfsShare {
  /** Prefix of the names of the classes, which are cluster-scoped. */
  readonly namePrefix: string;
  /**
   * The user that the share maps all users to.
   * @default none: the share must not map root (`no_root_squash`), because kubelets chown volumes
   */
  readonly squash?: Squash;
  /**
   * Installs csi-driver-nfs. Its pods are privileged and use the network of the node
   * (docs/references.md#nfs-driver-versions), so their namespace must not enforce Pod Security.
   * @default none: the cluster has the driver
   */
  readonly driver?: {
    /** An existing namespace. */
    readonly namespace: string;
    /** @default {@link NFS_DRIVER_CHART} */
    readonly chart?: ChartSource;
  };
}
