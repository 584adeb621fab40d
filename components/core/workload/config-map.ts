import { createHash } from "node:crypto";
import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { objectLabels } from "../labels.ts";
import { sortedEntries } from "../sorted.ts";

/** Arguments of {@link immutableConfigMap}. */
export interface ConfigMapArgs {
  readonly application: string;
  readonly namespace: string;
  /** File contents by file name. Never a secret. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Generated configuration as an immutable ConfigMap with a content hash in its name. A change creates a new
 * ConfigMap and rolls the pods that mount it.
 */
export function immutableConfigMap(
  name: string,
  args: ConfigMapArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.core.v1.ConfigMap {
  return new kubernetes.core.v1.ConfigMap(
    name,
    {
      metadata: {
        name: `${name}-${contentHash(args.files)}`,
        namespace: args.namespace,
        labels: objectLabels(args.application),
      },
      immutable: true,
      data: args.files,
    },
    opts,
  );
}

/** Ten hex digits of a hash of names and contents, independent of their order. */
export function contentHash(files: Readonly<Record<string, string>>): string {
  return createHash("sha256")
    .update(JSON.stringify(sortedEntries(files)))
    .digest("hex")
    .slice(0, 10);
}
