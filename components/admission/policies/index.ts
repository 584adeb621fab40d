// All admission policies, by their configuration key.
import type { AdmissionPolicy } from "../policy.ts";
import { guardLabels } from "./guard-labels.ts";
import { gatewayVersion } from "./gateway-version.ts";
import { pinnedImages } from "./pinned-images.ts";
import { requireQueueName } from "./require-queue-name.ts";

/** Parameters of the policies. */
export interface PolicyParameters {
  /** The LocalQueues of each namespace that shares GPUs through Kueue. */
  readonly queues: Readonly<Record<string, readonly string[]>>;
  /** Whether to reject an image without a digest, whatever its tag. */
  readonly requireDigests: boolean;
}

export const POLICIES = {
  requireQueueName: ({ queues }) => requireQueueName(queues),
  guardLabels: () => guardLabels(),
  pinnedImages: ({ requireDigests }) => pinnedImages(requireDigests),
  gatewayVersion: () => gatewayVersion(),
} as const satisfies Record<string, (parameters: PolicyParameters) => AdmissionPolicy>;

export type PolicyKey = keyof typeof POLICIES;
export const POLICY_KEYS = Object.keys(POLICIES) as readonly PolicyKey[];
