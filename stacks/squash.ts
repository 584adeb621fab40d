import type { Squash } from "../components/core/workload/render-pod.ts";
import { isNfsClass } from "../components/storage/render-classes.ts";
import type { Config } from "./feature.ts";

/** The `pod.squash` of pods with a volume of a storage class. */
export function squashFor(
  {
    storage: { squashAll, squashUid, squashGid },
    namespacePrefix,
  }: Pick<Config, "storage" | "namespacePrefix">,
  storageClass: string | undefined,
): Squash | undefined {
  return squashAll && isNfsClass(namespacePrefix, storageClass)
    ? { uid: squashUid, gid: squashGid }
    : undefined;
}
