import type * as pulumi from "@pulumi/pulumi";
import { Storage } from "../../../components/storage/index.ts";
import { chartOf } from "../../schema/chart.ts";
import type { StorageConfig } from "./schema.ts";

/** Creates the classes. Anything with a volume depends on them, so that on deletion the driver can delete its folders. */
export function buildStorage(
  config: StorageConfig,
  namespacePrefix: string,
  opts: pulumi.ComponentResourceOptions,
): Storage {
  const { squashAll, squashUid, squashGid, driver } = config;
  return new Storage(
    "storage",
    {
      namePrefix: namespacePrefix,
      server: config.server ?? "",
      share: config.share ?? "",
      mountOptions: config.mountOptions,
      ...(squashAll ? { squash: { uid: squashUid, gid: squashGid } } : {}),
      ...(driver.install ? { driver: { namespace: driver.namespace, chart: chartOf(driver) } } : {}),
    },
    opts,
  );
}
