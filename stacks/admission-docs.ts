import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { POLICIES, POLICY_KEYS } from "../components/admission/policies/index.ts";
import {
  CONTROLLERS,
  GPU_PREFIXES,
  QUEUE_NAME,
} from "../components/admission/policies/require-queue-name.ts";
import { RELABEL_VERB } from "../components/admission/policies/guard-labels.ts";
import type { AdmissionPolicy } from "../components/admission/policy.ts";
import { MOVING_WORDS } from "../components/core/image-rules.ts";
import { KUEUE_MANAGED, NAMESPACE_ROLE, TENANT } from "../components/core/labels.ts";
import { POD_SECURITY } from "../components/core/namespace/render-metadata.ts";
import { committedConfig, table } from "./services-docs.ts";

const PAGE = join(import.meta.dirname, "..", "docs", "admission.md");
const policies = POLICY_KEYS.map((key) => ({
  key,
  policy: POLICIES[key]({ queues: {}, requireDigests: false }),
}));

/** What a caller reads, of the requests that test/policy/admission-native.test.ts sends: it compares. */
export const EXAMPLES = {
  requireQueueName: `Pod "trainer" asks for a GPU, and namespace team-a shares GPUs through queues. Write under metadata.labels the line "${QUEUE_NAME}: gpu" (queues there: gpu, batch)`,
  guardLabels: `label ${KUEUE_MANAGED} of namespace team-a puts it under the policies of the platform: only who has the verb "${RELABEL_VERB}" on namespaces changes it (now "true", would be "")`,
  pinnedImages: `Deployment "web": image docker.io/library/nginx:latest is another one tomorrow. Write an exact version (image: <repository>:<version>), or the digest (image: <repository>@sha256:<digest>)`,
  gatewayVersion: `Deployment "proxy": image ghcr.io/berriai/litellm:v1.82.7 is LiteLLM below 1.84, with known holes, or of an unknown version. Write a tag of 1.84 or newer`,
} as const satisfies Record<(typeof POLICY_KEYS)[number], string>;

/** `docs/admission.md`: what is refused, to whom, in which words, and what is not. */
export function renderAdmissionDocs(): string {
  return `<!-- Generated from the policies and the stacks as they are committed, by \`npm run docs:fix\`. Do not edit. -->

# Admission policies

With \`features.security\` the Kubernetes API refuses what the platform cannot allow, whoever asks: before it is stored, and with
the words that tell what to write. The policies are ValidatingAdmissionPolicies of Kubernetes itself (1.30 or newer); with
\`security.engine\` \`kyverno\` they are [Kyverno's](kyverno.md), with the same expressions.

${table(
  ["policy", "refuses", "in namespaces", ...["dev", "prod"]],
  policies.map(({ key, policy }) => [
    `\`${key}\``,
    policy.validations.map(({ message }) => message).join("; "),
    namespacesOf(policy),
    ...["dev", "prod"].map((stack) => modeIn(stack, key)),
  ]),
)}

A policy is \`off\`, \`audit\` (it lets through, warns the caller and writes to the audit log) or \`enforce\`:

\`\`\`console
$ pulumi config set --path 'llm-platform:security.policies.pinnedImages' audit
$ pulumi up
$ kubectl apply -f pod.yaml
Warning: Validation failed for ValidatingAdmissionPolicy 'llm-platform-pinned-images' ...
\`\`\`

\`off\` leaves nothing of a policy. There is one of each in a cluster: turn \`features.security\` on in one stack of a cluster; in a
second one the update stops, since the objects exist.

What is looked at:

${table(
  ["policy", "operations", "objects"],
  policies.flatMap(({ key, policy }) =>
    policy.rules.map(({ operations, resources, apiGroups }) => [
      `\`${key}\``,
      operations.join(", "),
      resources.map((resource) => `\`${resource}\``).join(", ") +
        (apiGroups[0] === "" ? "" : ` of \`${apiGroups.join()}\``),
    ]),
  ),
)}

${policies.map(({ key, policy }) => `## ${key}\n\n${policy.description}\n\n${quoted(EXAMPLES[key])}\n\n${TEXTS[key]}`).join("\n\n")}

## What the policies do not cover

- **Namespaces without the labels.** Nobody has to share GPUs: a namespace that is not the platform's comes under
  \`requireQueueName\` when somebody who may labels it \`${KUEUE_MANAGED}: "true"\`.
- **Administrators.** Who may change ValidatingAdmissionPolicies, or has every verb (\`cluster-admin\`), is above them. So is who
  may make service accounts in \`kube-system\` or \`jobset-system\`: the controllers that are trusted are known by their names.
- **What was there before.** It runs on; what changes of it is looked at. Updates that change neither the spec nor the queue go
  through, so that controllers can write and what is old can be deleted.
- **Kueue that does not act.** The label and the queue are checked, not that Kueue manages the kind or the namespace. Without
  its webhooks a Deployment's label does not reach its pods, and they are refused; a labelled pod starts without being counted.
- **The scheduling gates of a labelled pod.** Who may update the pod can take them away: tenants are held to be cooperative.
- **DaemonSets, ReplicaSets, workloads of other kinds** (RayCluster, PyTorchJob, LeaderWorkerSet): of these the pods are looked
  at alone, and refused without the label. Their makers read it in the events.
- **GPUs that nobody asks for**: privileged pods, \`/dev\` by hostPath, \`NVIDIA_VISIBLE_DEVICES\` on nodes whose runtime listens
  to it. Pod Security \`restricted\` closes the first two; for the third the device plugin has to use CDI or volume mounts.
- **Images that lie.** A digest says which image, not what is in it; \`signedImages\` looks at who signed it. LiteLLM in an image
  of another name, or installed by a script, is not seen.
- **Static pods** of a node: kubelets run what is in their folder, and the API server only mirrors it.
`;
}

const TEXTS: Readonly<Record<(typeof POLICY_KEYS)[number], string>> = {
  requireQueueName: `A GPU is any resource that begins with ${GPU_PREFIXES.map((prefix) => `\`${prefix}\``).join(", ")}: whole GPUs, MIG
partitions, shared ones. A DRA claim counts as one, whatever it is for. Containers and init containers are looked at, limits
and requests; a quantity of zero asks for nothing.

The label is read where Kueue reads it: on the Job, Deployment, StatefulSet, JobSet or Pod itself, and of a CronJob under
\`spec.jobTemplate.metadata.labels\`. It has to name a LocalQueue of the namespace: of a tenant that is \`tenants.<name>.queue\`; for
other namespaces say which there are:

\`\`\`console
$ kubectl label namespace research ${KUEUE_MANAGED}=true
$ pulumi config set --path 'llm-platform:security.queues.research[0]' batch
\`\`\`

Without the label are accepted

${table(
  ["made by", "what", "of"],
  CONTROLLERS.map(({ user, kind, owner }) => [
    `\`${user}\``,
    kind,
    `a ${owner.kind} (\`${owner.apiVersion}\`)`,
  ]),
)}

if the owner reference says so, too: a reference alone is the caller's to write.`,
  guardLabels: `Guarded are ${[KUEUE_MANAGED, NAMESPACE_ROLE, TENANT].map((label) => `\`${label}\``).join(", ")} of every namespace, and all labels
\`${POD_SECURITY}*\` of the namespaces that have one of them: when a namespace is made, changed (through its status, too) or
deleted, since it could come back without them. The deployer of the stack needs the verb, if it is no \`cluster-admin\`:

\`\`\`yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: llm-platform-deployer }
rules:
  - { apiGroups: [""], resources: [namespaces], verbs: [${RELABEL_VERB}] }
\`\`\`

Without the verb a new tenant is refused, too. A first update and \`pulumi destroy\` need it not: the namespaces stand before the policy, and go after it.`,
  pinnedImages: `Tags that registries move are those with one of the words ${MOVING_WORDS.map((word) => `\`${word}\``).join(", ")}. A digest makes
any tag good. Ephemeral containers (\`kubectl debug\`) are looked at, too.

Once \`make pin-images\` has resolved the platform's images, digests can be required of everybody:

\`\`\`console
$ pulumi config set --path 'llm-platform:security.requireDigests' true
\`\`\``,
  gatewayVersion: `LiteLLM is what has a last part of its repository that begins with \`litellm\`, from whatever registry. The floor is the
one of \`components/core/image-rules.ts\`, which the configuration is held to, too.`,
};

function namespacesOf({ namespaceSelector }: AdmissionPolicy): string {
  const { matchLabels = {}, matchExpressions = [] } = namespaceSelector ?? {};
  const labels = [
    ...Object.entries(matchLabels).map(([key, value]) => `\`${key}: "${value}"\``),
    ...matchExpressions.map(({ key, values = [] }) => `\`${key}\` ${values.join(" or ")}`),
  ];
  return labels.length === 0 ? "all" : labels.join(" and ");
}

function modeIn(stack: string, key: (typeof POLICY_KEYS)[number]): string {
  const { features, security } = committedConfig(stack);
  return features.security ? security.policies[key] : "off";
}

function quoted(text: string): string {
  return `\`\`\`text
${text}
\`\`\``;
}

if (import.meta.main) {
  const wanted = renderAdmissionDocs();
  if (process.argv.includes("--check")) {
    if (readFileSync(PAGE, "utf8") !== wanted) {
      console.error("docs/admission.md is not what the program says. Fix: npm run docs:fix");
      process.exitCode = 1;
    }
  } else {
    writeFileSync(PAGE, wanted);
  }
}
