import { RELABEL_VERB } from "../../components/admission/policies/guard-labels.ts";
import {
  NO_PARAMETERS,
  POLICIES,
  POLICY_KEYS,
  type PolicyKey,
} from "../../components/admission/policies/index.ts";
import {
  CONTROLLERS,
  GPU_PREFIXES,
  QUEUE_NAME,
} from "../../components/admission/policies/require-queue-name.ts";
import type { AdmissionPolicy } from "../../components/admission/policy.ts";
import { KUEUE_MANAGED, NAMESPACE_ROLE, TENANT } from "../../components/core/labels.ts";
import { POD_SECURITY } from "../../components/core/namespace/render-metadata.ts";
import { MOVING_WORDS } from "../../components/core/tags.ts";
import { committedConfig, STACKS } from "./committed-config.ts";
import { fenced, table } from "./table.ts";

const policies = POLICY_KEYS.map((key) => ({
  key,
  policy: POLICIES[key](NO_PARAMETERS),
}));

/** The messages for callers. test/policy/admission-story.test.ts compares them with those of a real API server. */
export const EXAMPLES = {
  requireQueueName: `Pod "trainer" requests a GPU, and namespace team-a shares GPUs through queues. Add under metadata.labels the line "${QUEUE_NAME}: gpu" (queues there: gpu, batch)`,
  guardLabels: `label ${KUEUE_MANAGED} of namespace team-a puts it under the policies of the platform. Only users with the verb "${RELABEL_VERB}" on namespaces may change it (now "true", would be "")`,
  pinnedImages: `Deployment "web": image docker.io/library/nginx:latest has no exact version, so its content can change. Use an exact version (<repository>:<version>) or the digest (<repository>@sha256:<digest>)`,
  gatewayVersion: `Deployment "proxy": image ghcr.io/berriai/litellm:v1.82.7 is LiteLLM of a version below 1.84, which has known vulnerabilities, or of an unknown version. Use a tag that begins with version 1.84 or newer`,
  tenantPods: `Deployment "agent": nodeName chooses a node without the scheduler. Use nodeSelector`,
  tenantObjects: `Secret "forever": Kubernetes acts on Secrets of this type, for example by making a token. Use the type Opaque`,
} as const satisfies Record<(typeof POLICY_KEYS)[number], string>;

/** What each policy rejects, where, and its mode in the committed stacks. */
export function admissionPoliciesTable(): string {
  return table(
    ["policy", "refuses", "in namespaces", ...STACKS],
    policies.map(({ key, policy }) => [
      `\`${key}\``,
      policy.validations.map(({ message }) => message).join("; "),
      namespacesOf(policy),
      ...STACKS.map((stack) => modeIn(stack, key)),
    ]),
  );
}

/** The requests that each policy examines. */
export function admissionRequestsTable(): string {
  return table(
    ["policy", "operations", "objects"],
    policies.flatMap(({ key, policy }) =>
      policy.rules.map(({ operations, resources, apiGroups }) => [
        `\`${key}\``,
        operations.join(", "),
        resources.map((resource) => `\`${resource}\``).join(", ") +
          (apiGroups[0] === "" ? "" : ` of \`${apiGroups.join()}\``),
      ]),
    ),
  );
}

/** The purpose of a policy, and an example of its message. */
export function admissionPolicy(key: PolicyKey): string {
  const { description } = POLICIES[key](NO_PARAMETERS);
  return `${description}\n\n${fenced("text", EXAMPLES[key])}`;
}

/** The controllers that create pods without the label of a queue. */
export function queueControllersTable(): string {
  return table(
    ["created by", "kind", "owner"],
    CONTROLLERS.map(({ user, kind, owner }) => [
      `\`${user}\``,
      kind,
      `a ${owner.kind} (\`${owner.apiVersion}\`)`,
    ]),
  );
}

/** What counts as a GPU. */
export function gpuPrefixes(): string {
  return `A GPU is any resource whose name begins with ${listed(GPU_PREFIXES)}.`;
}

/** The labels that `guardLabels` guards. */
export function guardedLabels(): string {
  return (
    `The policy guards ${listed([KUEUE_MANAGED, NAMESPACE_ROLE, TENANT])} of every namespace. ` +
    `In a namespace with one of these labels it also guards every label \`${POD_SECURITY}*\`.`
  );
}

/** The right that the deployer of a stack needs. */
export function relabelRole(): string {
  return fenced(
    "yaml",
    `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: llm-platform-deployer }
rules:
  - { apiGroups: [""], resources: [namespaces], verbs: [${RELABEL_VERB}] }`,
  );
}

/** Which tags are exact. */
export function exactTags(): string {
  return `A tag is exact if it begins with a version of at least two numbers, perhaps after \`v\` or \`version-\`, and has none of these words in any case: ${listed(MOVING_WORDS)}.`;
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

function namespacesOf({ namespaceSelector }: AdmissionPolicy): string {
  const { matchLabels = {}, matchExpressions = [] } = namespaceSelector ?? {};
  const labels = [
    ...Object.entries(matchLabels).map(([key, value]) => `\`${key}: "${value}"\``),
    ...matchExpressions.map(({ key, values = [] }) => `\`${key}\` ${values.join(" or ")}`),
  ];
  return labels.length === 0 ? "all" : labels.join(" and ");
}

function modeIn(stack: string, key: PolicyKey): string {
  const { features, security } = committedConfig(stack);
  return features.security ? security.policies[key] : "off";
}
