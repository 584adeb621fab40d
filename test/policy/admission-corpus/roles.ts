// The rights of the users of the corpus: everything, except the one verb.
import { RELABEL_VERB } from "../../../components/admission/policies/guard-labels.ts";

const GROUPS = [
  "developers",
  "deployers",
  "system:serviceaccounts:kube-system",
  "system:serviceaccounts:jobset-system",
  // An account of a tenant that has rights by mistake.
  "system:serviceaccounts:team-a",
  "system:serviceaccounts:team-a-system",
];

export function roles(): object[] {
  return [
    role("developers", {
      apiGroups: ["", "apps", "batch", "jobset.x-k8s.io"],
      resources: ["*"],
      verbs: ["get", "create", "update", "delete"],
    }),
    binding("developers", GROUPS),
    role("deployers", { apiGroups: [""], resources: ["namespaces"], verbs: [RELABEL_VERB] }),
    binding("deployers", ["deployers"]),
  ];
}

function role(name: string, rule: object): object {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: `corpus-${name}` },
    rules: [rule],
  };
}

function binding(role: string, groups: readonly string[]): object {
  const apiGroup = "rbac.authorization.k8s.io";
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: `corpus-${role}` },
    roleRef: { apiGroup, kind: "ClusterRole", name: `corpus-${role}` },
    subjects: groups.map((name) => ({ apiGroup, kind: "Group", name })),
  };
}
