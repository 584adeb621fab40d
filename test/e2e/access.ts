// The rights of a user, as the API server reports them.
import type { Kubectl } from "./kubectl.ts";

/** Whom to ask for: a user with his groups, or a service account, whose groups the API server knows. */
export interface Subject {
  readonly user: string;
  readonly groups?: readonly string[];
}

/** The flags with which kubectl impersonates a user. */
export function actingAs({ user, groups = [] }: Subject): string {
  return [`--as=${user}`, ...groups.map((group) => `--as-group=${group}`)].join(" ");
}

interface RulesReview {
  readonly status: {
    readonly incomplete: boolean;
    readonly resourceRules: readonly {
      readonly verbs: readonly string[];
      readonly apiGroups?: readonly string[];
      readonly resources?: readonly string[];
      readonly resourceNames?: readonly string[];
    }[];
    readonly nonResourceRules: readonly { readonly verbs: readonly string[] }[];
  };
}

/**
 * The rights of a user in a namespace, sorted, one `verb resource.group` per line. As `kubectl auth can-i --list` asks,
 * which prints a table that is cut at the width of the terminal's columns.
 */
export async function rightsOf(kubectl: Kubectl, subject: Subject, namespace: string): Promise<string[]> {
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectRulesReview",
    spec: { namespace },
  };
  const answer = await kubectl.run(`${actingAs(subject)} create -o json -f -`, [review]);
  const { status } = JSON.parse(answer) as RulesReview;
  if (status.incomplete) throw new Error(`the API server does not know all that ${subject.user} may do`);
  const rights = status.resourceRules.flatMap(
    ({ verbs, apiGroups = [], resources = [], resourceNames = [] }) =>
      resources.flatMap((resource) =>
        apiGroups.flatMap((group) =>
          verbs.map((verb) => [`${verb} ${resourceName(group, resource)}`, ...resourceNames].join(" ")),
        ),
      ),
  );
  const addresses = status.nonResourceRules.flatMap(({ verbs }) => verbs).filter((verb) => verb !== "get");
  return [...new Set([...rights, ...addresses.map((verb) => `${verb} an address`)])].sort();
}

/** `jobs.batch`, `pods/log`: as kubectl names resources. */
export function resourceName(group: string, resource: string): string {
  return group === "" ? resource : `${resource}.${group}`;
}

/** What Kubernetes lets everybody do who has a name: ask what he may do. */
export const EVERYBODYS_RIGHTS = [
  "create selfsubjectaccessreviews.authorization.k8s.io",
  "create selfsubjectreviews.authentication.k8s.io",
  "create selfsubjectrulesreviews.authorization.k8s.io",
];
