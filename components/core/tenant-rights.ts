/** One right of a tenant's users in its namespace: one line of the table. */
export interface Right {
  /** Empty for the core API group. */
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** For the documentation. */
  readonly purpose: string;
}

const READ = ["get", "list", "watch"];
const CHANGE = [...READ, "create", "update", "patch", "delete"];

/**
 * All rights of a tenant's users. Deliberately missing:
 * - namespaces, and anything under `status` or `finalize`: the right to change the status of an object can change
 *   its labels, past the policy that guards them (docs/references.md#status-subresources);
 * - resourcequotas, limitranges, networkpolicies, roles, and write access to LocalQueues: these are the limits
 *   themselves;
 * - services, ingresses, endpoints: no pod of a tenant accepts requests;
 * - serviceaccounts and their tokens: nothing of a tenant calls the API server from inside the cluster.
 */
export const TENANT_RIGHTS: readonly Right[] = [
  { group: "", resources: ["pods"], verbs: [...READ, "create", "delete"], purpose: "run pods" },
  { group: "", resources: ["pods/log"], verbs: ["get"], purpose: "read what they write" },
  { group: "", resources: ["pods/exec"], verbs: ["get", "create"], purpose: "run a command in one" },
  { group: "batch", resources: ["jobs", "cronjobs"], verbs: CHANGE, purpose: "train and evaluate" },
  { group: "apps", resources: ["deployments"], verbs: CHANGE, purpose: "keep an agent running" },
  {
    group: "",
    resources: ["configmaps", "secrets", "persistentvolumeclaims"],
    verbs: CHANGE,
    purpose: "bring settings, and keep data; the gateway's key is one of the Secrets",
  },
  { group: "", resources: ["events"], verbs: READ, purpose: "read why something does not start" },
  { group: "", resources: ["resourcequotas", "limitranges"], verbs: READ, purpose: "see what is left" },
  {
    group: "kueue.x-k8s.io",
    resources: ["localqueues", "workloads"],
    verbs: READ,
    purpose: "see the queue, and one's place in it",
  },
];
