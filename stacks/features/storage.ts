import type * as pulumi from "@pulumi/pulumi";
import { Storage } from "../../components/storage/index.ts";
import { isNfsClass } from "../../components/storage/render-classes.ts";
import type { Squash } from "../../components/core/workload/render-pod.ts";
import type { StorageConfig } from "./storage-schema.ts";

/** What pods with a volume of a class have to take over: `pod.squash`. */
export function squashFor(
  storage: StorageConfig,
  namespacePrefix: string,
  storageClass: string | undefined,
): Squash | undefined {
  return isNfsClass(namespacePrefix, storageClass) ? squashOf(storage) : undefined;
}

/** Builds the classes. Whatever has a volume comes after: on the way out, the driver deletes folders before it goes. */
export function buildStorage(
  config: StorageConfig,
  namespacePrefix: string,
  opts: pulumi.ComponentResourceOptions,
): Storage {
  const squash = squashOf(config);
  const { install, namespace, chart, version, repository } = config.driver;
  const isName = !/[/:]/.test(chart);
  return new Storage(
    "storage",
    {
      namePrefix: namespacePrefix,
      server: config.server ?? "",
      share: config.share ?? "",
      mountOptions: config.mountOptions,
      ...(squash === undefined ? {} : { squash }),
      ...(install
        ? { driver: { namespace, chart: { chart, version, ...(isName ? { repository } : {}) } } }
        : {}),
    },
    opts,
  );
}

function squashOf({ squashAll, squashUid, squashGid }: StorageConfig): Squash | undefined {
  return squashAll ? { uid: squashUid, gid: squashGid } : undefined;
}
