import { objectLabels } from "../core/labels.ts";
import { TENANT_RIGHTS } from "./rights.ts";

const NAME = "tenant-users";
const RBAC = "rbac.authorization.k8s.io";

/** What the tenant's users may do in its namespace. */
export function renderRole(namespace: string) {
  return {
    metadata: { name: NAME, namespace, labels: objectLabels(namespace) },
    rules: TENANT_RIGHTS.map(({ group, resources, verbs }) => ({
      apiGroups: [group],
      resources: [...resources],
      verbs: [...verbs],
    })),
  };
}

/** Gives the rights to a group of users, as the cluster's authentication names it. */
export function renderRoleBinding(namespace: string, group: string) {
  return {
    metadata: { name: NAME, namespace, labels: objectLabels(namespace) },
    roleRef: { apiGroup: RBAC, kind: "Role", name: NAME },
    subjects: [{ apiGroup: RBAC, kind: "Group", name: group }],
  };
}
