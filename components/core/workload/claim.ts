import * as kubernetes from "@pulumi/kubernetes";
import type { ResourceOptions } from "@pulumi/pulumi";
import { objectLabels } from "../labels.ts";
import { renderClaimSpec, type VolumeSize } from "./mounts.ts";

/** Arguments of {@link dataClaim}. */
export interface DataClaimArgs extends VolumeSize {
  readonly application: string;
  readonly namespace: string;
  /**
   * Protects the claim, and keeps it when its resource is deleted.
   * @default false
   */
  readonly retain?: boolean;
}

/** The volume of a server: one claim with a stable name, which outlives the pods. */
export function dataClaim(
  name: string,
  { application, namespace, retain = false, ...size }: DataClaimArgs,
  opts: ResourceOptions,
): kubernetes.core.v1.PersistentVolumeClaim {
  return new kubernetes.core.v1.PersistentVolumeClaim(
    `${name}-data`,
    {
      metadata: { name: `${application}-data`, namespace, labels: objectLabels(application, "server") },
      spec: renderClaimSpec(size),
    },
    { ...opts, protect: retain, retainOnDelete: retain },
  );
}
