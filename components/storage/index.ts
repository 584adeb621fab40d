import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { releaseOf } from "../core/release/chart.ts";
import { refuseArguments } from "../core/invalid-args.ts";
import { TOKENS } from "../core/tokens.ts";
import type { StorageProfile, StorageArgs } from "./args.ts";
import { NFS_DRIVER_CHART } from "./chart.ts";
import { classNames, renderClass, renderDriverValues } from "./render-classes.ts";
import { validateStorageArgs } from "./validate-args.ts";

/** Volumes on an NFS server: one class that keeps the data of deleted claims, and one that does not. */
export class Storage extends pulumi.ComponentResource {
  /** Keeps the folder on the share when the claim is deleted. */
  readonly retained: StorageProfile;
  /** Deletes the folder with the claim. */
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
