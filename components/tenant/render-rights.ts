import { objectLabels } from "../core/labels.ts";
import { TENANT_RIGHTS } from "../core/tenant-rights.ts";

const NAME = "tenant-users";
const RBAC = "rbac.authorization.k8s.io";

/** The rights of the tenant's users in its namespace. */
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

/** Grants the rights to a group of users in the authentication of the cluster. */
export function renderRoleBinding(namespace: string, group: string) {
  return {
    metadata: { name: NAME, namespace, labels: objectLabels(namespace) },
    roleRef: { apiGroup: RBAC, kind: "Role", name: NAME },
    subjects: [{ apiGroup: RBAC, kind: "Group", name: group }],
  };
}
