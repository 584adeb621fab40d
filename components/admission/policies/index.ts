// All admission policies, by their configuration key.
import type { AdmissionPolicy } from "../policy.ts";
import { guardLabels } from "./guard-labels.ts";
import { gatewayVersion } from "./gateway-version.ts";
import { pinnedImages } from "./pinned-images.ts";
import { requireQueueName } from "./require-queue-name.ts";
import { tenantObjects } from "./tenant-objects.ts";
import { tenantPods } from "./tenant-pods.ts";
import type { TenantClassNames } from "./tenants.ts";

/** Parameters of the policies. */
export interface PolicyParameters {
  /** The LocalQueues of each namespace that shares GPUs through Kueue. */
  readonly queues: Readonly<Record<string, readonly string[]>>;
  /** Whether to reject an image without a digest, whatever its tag. */
  readonly requireDigests: boolean;
  /** The classes that each tenant's namespace may use. */
  readonly classes: TenantClassNames;
}

/** Parameters for a description of the policies. */
export const NO_PARAMETERS: PolicyParameters = { queues: {}, requireDigests: false, classes: {} };

export const POLICIES = {
  requireQueueName: ({ queues }) => requireQueueName(queues),
  guardLabels: () => guardLabels(),
  pinnedImages: ({ requireDigests }) => pinnedImages(requireDigests),
  gatewayVersion: () => gatewayVersion(),
  tenantPods: ({ classes }) => tenantPods(classes),
  tenantObjects: ({ classes }) => tenantObjects(classes),
} as const satisfies Record<string, (parameters: PolicyParameters) => AdmissionPolicy>;

export type PolicyKey = keyof typeof POLICIES;
export const POLICY_KEYS = Object.keys(POLICIES) as readonly PolicyKey[];
