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
 * Generated configuration as an immutable ConfigMap with a hash of its contents in the name: a change makes a new one
 * and rolls the pods that mount it; no change rolls nothing.
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

/** Ten hex digits that depend on names and contents, not on their order. */
export function contentHash(files: Readonly<Record<string, string>>): string {
  return createHash("sha256")
    .update(JSON.stringify(sortedEntries(files)))
    .digest("hex")
    .slice(0, 10);
}
