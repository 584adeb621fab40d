import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ChartSource, releaseOf } from "../core/release/chart.ts";
import { refuseArguments } from "../core/invalid-args.ts";
import { TOKENS } from "../core/tokens.ts";
import type { Squash } from "../core/workload/render-pod.ts";
import { NFS_DRIVER_CHART } from "./chart.ts";
import { classNames, type NfsShare, renderClass, renderDriverValues } from "./render-classes.ts";
import { validateStorageArgs } from "./validate-args.ts";

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

/** Volumes on an NFS server: a class that keeps what is in them, and one that does not. */
export class Storage extends pulumi.ComponentResource {
  /** The folder stays on the share when its claim goes. */
  readonly retained: StorageProfile;
  /** The folder goes with its claim. */
  readonly ephemeral: StorageProfile;

  constructor(name: string, args: StorageArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`Storage "${name}"`, validateStorageArgs(args));
    super(TOKENS.Storage, name, {}, opts);

    const driver = this.#createDriver(name, args);
    const names = classNames(args.namePrefix);
    const inOrder = { parent: this, dependsOn: driver === undefined ? [] : [driver] };
    new kubernetes.storage.v1.StorageClass(
      `${name}-retained`,
      renderClass(names.retained, args, true),
      inOrder,
    );
    new kubernetes.storage.v1.StorageClass(
      `${name}-ephemeral`,
      renderClass(names.ephemeral, args, false),
      inOrder,
    );

    const squash = args.squash === undefined ? {} : { squash: args.squash };
    this.retained = { storageClass: names.retained, ...squash };
    this.ephemeral = { storageClass: names.ephemeral, ...squash };
    this.registerOutputs({ storageClasses: [names.retained, names.ephemeral] });
  }

  #createDriver(name: string, { driver, squash }: StorageArgs): kubernetes.helm.v3.Release | undefined {
    if (driver === undefined) return undefined;
    return new kubernetes.helm.v3.Release(
      `${name}-driver`,
      {
        name: "csi-driver-nfs",
        namespace: driver.namespace,
        ...releaseOf(driver.chart ?? NFS_DRIVER_CHART),
        values: renderDriverValues({ squashesAll: squash !== undefined }),
      },
      { parent: this },
    );
  }
}
