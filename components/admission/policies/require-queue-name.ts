import { KUEUE_MANAGED } from "../../core/labels.ts";
import { list, listsByName, OBJECT, podSpecs, text } from "../cel.ts";
import type { AdmissionPolicy } from "../policy.ts";

/** Where Kueue finds the name of the LocalQueue. */
export const QUEUE_NAME = "kueue.x-k8s.io/queue-name";

/**
 * What names of GPU resources begin with: whole GPUs, MIG and shared ones, AMD's partitions (policy-engines.md §2), and
 * device classes that stand in for them.
 */
export const GPU_PREFIXES = [
  "nvidia.com/",
  "amd.com/",
  "gpu.intel.com/",
  "deviceclass.resource.kubernetes.io/",
] as const;

/**
 * Controllers that make objects without the label from one that has it. Who has an owner is the caller's to write, so the
 * controller must be the caller, too (apps.md §1.6).
 */
export const CONTROLLERS = [
  {
    kind: "Pod",
    owner: { apiVersion: "batch/v1", kind: "Job" },
    user: "system:serviceaccount:kube-system:job-controller",
  },
  {
    kind: "Job",
    owner: { apiVersion: "jobset.x-k8s.io/v1alpha2", kind: "JobSet" },
    user: "system:serviceaccount:jobset-system:jobset-controller-manager",
  },
] as const;

const madeByController = CONTROLLERS.map(({ kind, owner, user }) =>
  [
    `variables.o.kind == ${text(kind)}`,
    `request.?userInfo.?username.orValue('') == ${text(user)}`,
    `variables.o.metadata.?ownerReferences.orValue([]).exists(r, r.?controller.orValue(false)` +
      ` && r.apiVersion == ${text(owner.apiVersion)} && r.kind == ${text(owner.kind)})`,
  ].join(" && "),
).join(" || ");

/** A CronJob's own labels are on no Job. Kueue copies a Deployment's to its pods. */
function queueOf(object: string): string {
  return (
    `(${object}.kind == 'CronJob' ? ${object}.spec.jobTemplate.?metadata.?labels : ${object}.metadata.?labels)` +
    `.orValue({})[?${text(QUEUE_NAME)}].orValue('')`
  );
}

/** A DRA claim may be for anything: it counts as a GPU. */
const usesGpu =
  "variables.podSpecs.exists(s, s.?resourceClaims.orValue([]).size() > 0 ||" +
  " (s.containers + s.?initContainers.orValue([])).exists(c," +
  " [c.?resources.?limits.orValue({}), c.?resources.?requests.orValue({})].exists(m, m.exists(k," +
  ` ${list(GPU_PREFIXES)}.exists(p, k.startsWith(p)) && quantity(string(m[k])).isGreaterThan(quantity('0'))))))`;

/**
 * SR2: whoever asks for a GPU in a namespace that shares them names a queue that is there (S4.27–29).
 * @param queues the LocalQueues of each namespace; one that is not here has none
 */
export function requireQueueName(queues: Readonly<Record<string, readonly string[]>>): AdmissionPolicy {
  return {
    name: "llm-platform-require-queue-name",
    description: "Workloads that ask for a GPU name a queue of their namespace, so that Kueue counts them.",
    namespaceSelector: { matchLabels: { [KUEUE_MANAGED]: "true" } },
    rules: [
      // An update of a pod cannot ask for more. What deletes it may take its finalizers away.
      { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
      {
        apiGroups: ["apps"],
        apiVersions: ["v1"],
        operations: ["CREATE", "UPDATE"],
        // Updates of the status of these change labels, too; those of a Deployment do not.
        resources: ["deployments", "statefulsets", "statefulsets/status"],
      },
      {
        apiGroups: ["batch"],
        apiVersions: ["v1"],
        operations: ["CREATE", "UPDATE"],
        resources: ["jobs", "jobs/status", "cronjobs"],
      },
      {
        apiGroups: ["jobset.x-k8s.io"],
        apiVersions: ["v1alpha2"],
        operations: ["CREATE", "UPDATE"],
        resources: ["jobsets"],
      },
    ],
    matchConditions: [],
    variables: [
      OBJECT,
      { name: "podSpecs", expression: podSpecs("variables.o") },
      { name: "usesGpu", expression: usesGpu },
      { name: "queue", expression: queueOf("variables.o") },
      {
        name: "queues",
        expression: `${listsByName(queues)}[?variables.o.metadata.namespace].orValue([])`,
      },
      // Controllers write status and annotations of what was there before its namespace came under the policy.
      {
        name: "unchanged",
        expression:
          "request.operation == 'UPDATE' && dyn(oldObject).spec == variables.o.spec &&" +
          ` ${queueOf("dyn(oldObject)")} == variables.queue`,
      },
      { name: "madeByController", expression: madeByController },
    ],
    validations: [
      {
        expression:
          "!variables.usesGpu || variables.unchanged || variables.madeByController ||" +
          " variables.queue in variables.queues",
        message: `a GPU is asked for without the label ${QUEUE_NAME}, or with a queue that the namespace does not have`,
        messageExpression:
          `variables.o.kind + ' "' + variables.o.metadata.name + '" asks for a GPU, and namespace '` +
          ` + variables.o.metadata.namespace + ' shares GPUs through queues. '` +
          ` + (variables.queues.size() == 0 ? 'None is known there: ask for one whoever runs the platform'` +
          ` : 'Write under ' + (variables.o.kind == 'CronJob' ? 'spec.jobTemplate.' : '') + 'metadata.labels the line "${QUEUE_NAME}: '` +
          ` + variables.queues[0] + '" (queues there: ' + variables.queues.join(', ') + ')')` +
          ` + (variables.queue == '' ? '' : '; it has no queue "' + variables.queue + '"')`,
      },
    ],
  };
}
