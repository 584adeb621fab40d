import { KUEUE_MANAGED } from "../../core/labels.ts";
import { list, listsByName, OBJECT, podSpecs, text } from "../cel.ts";
import type { AdmissionPolicy } from "../policy.ts";

/** The label in which Kueue reads the name of the LocalQueue. */
export const QUEUE_NAME = "kueue.x-k8s.io/queue-name";

/**
 * Prefixes of GPU resource names: whole GPUs, MIG and shared GPUs, AMD partitions, and the device classes that can
 * replace them (docs/references.md#gpu-resource-names).
 */
export const GPU_PREFIXES = [
  "nvidia.com/",
  "amd.com/",
  "gpu.intel.com/",
  "deviceclass.resource.kubernetes.io/",
] as const;

/**
 * Controllers that create objects without the label from an object with the label. Users can write any owner
 * reference, so the request must also come from the controller (docs/references.md#forged-owner-references).
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

/** The labels of a CronJob do not reach its Jobs. Kueue copies the labels of a Deployment to its pods. */
function queueOf(object: string): string {
  return (
    `(${object}.kind == 'CronJob' ? ${object}.spec.jobTemplate.?metadata.?labels : ${object}.metadata.?labels)` +
    `.orValue({})[?${text(QUEUE_NAME)}].orValue('')`
  );
}

/** A DRA claim can be for any device, so it counts as a GPU. */
const usesGpu =
  "variables.podSpecs.exists(s, s.?resourceClaims.orValue([]).size() > 0 ||" +
  " (s.containers + s.?initContainers.orValue([])).exists(c," +
  " [c.?resources.?limits.orValue({}), c.?resources.?requests.orValue({})].exists(m, m.exists(k," +
  ` ${list(GPU_PREFIXES)}.exists(p, k.startsWith(p)) && quantity(string(m[k])).isGreaterThan(quantity('0'))))))`;

/**
 * A workload that requests a GPU in a namespace with shared GPUs must name an existing queue.
 * @param queues the LocalQueues of each namespace; a namespace that is not listed has none
 */
export function requireQueueName(queues: Readonly<Record<string, readonly string[]>>): AdmissionPolicy {
  return {
    name: "llm-platform-require-queue-name",
    description: "Workloads that request a GPU name a queue of their namespace, so that Kueue counts them.",
    namespaceSelector: { matchLabels: { [KUEUE_MANAGED]: "true" } },
    rules: [
      // An update of a pod cannot request more. A deletion may have to remove finalizers.
      { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
      {
        apiGroups: ["apps"],
        apiVersions: ["v1"],
        operations: ["CREATE", "UPDATE"],
        // Status updates of these objects can change labels (docs/references.md#status-subresources); those of a
        // Deployment cannot.
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
      // Controllers update the status and annotations of objects that are older than the policy.
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
        message: `a workload requests a GPU without the label ${QUEUE_NAME}, or with a queue that the namespace does not have`,
        messageExpression:
          `variables.o.kind + ' "' + variables.o.metadata.name + '" requests a GPU, and namespace '` +
          ` + variables.o.metadata.namespace + ' shares GPUs through queues. '` +
          ` + (variables.queues.size() == 0 ? 'The namespace has no queue. Ask the administrators of the platform for one'` +
          ` : 'Add under ' + (variables.o.kind == 'CronJob' ? 'spec.jobTemplate.' : '') + 'metadata.labels the line "${QUEUE_NAME}: '` +
          ` + variables.queues[0] + '" (queues there: ' + variables.queues.join(', ') + ')')` +
          ` + (variables.queue == '' ? '' : '; it has no queue "' + variables.queue + '"')`,
      },
    ],
  };
}
