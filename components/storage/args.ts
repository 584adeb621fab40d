import type { ChartSource } from "../core/release/chart.ts";
import type { Squash } from "../core/workload/render-pod.ts";
import type { NfsShare } from "./render-classes.ts";

/** A class of volumes, and what its pods have to take over. */
export interface StorageProfile {
  readonly storageClass: string;
  /** For `pod.squash` of every workload with a volume of this class. */
  readonly squash?: Squash;
}

/** Arguments of {@link Storage}. */
export interface StorageArgs extends NfsShare {
  /** Begins the names of the classes, which belong to the whole cluster. */
  readonly namePrefix: string;
  /**
   * The one user that the share makes of all users.
   * @default none: the share has to let root be root (`no_root_squash`), since kubelets chown volumes
   */
  readonly squash?: Squash;
  /**
   * Installs csi-driver-nfs. Its pods mount for the node: they are privileged, on the node's own network, and belong
   * where nothing is enforced (apps.md §12).
   * @default none: the cluster has it
   */
  readonly driver?: {
    /** An existing namespace. */
    readonly namespace: string;
    /** @default {@link NFS_DRIVER_CHART} */
    readonly chart?: ChartSource;
  };
}
