import { KUEUE_MANAGED, NAMESPACE_ROLE, TENANT } from "../../core/labels.ts";
import { POD_SECURITY } from "../../core/namespace/render-metadata.ts";
import { list, text } from "../cel.ts";
import type { AdmissionPolicy, Expression, Operation } from "../policy.ts";

/** The verb on namespaces that lets a user change the labels. No role of Kubernetes has it but `cluster-admin`. */
export const RELABEL_VERB = "relabel";

/** Kyverno has no `authorizer`: it asks the API server, which says the same. */
const mayRelabel: Expression = {
  native: `authorizer.group('').resource('namespaces').name(request.name).check(${text(RELABEL_VERB)}).allowed()`,
  kyverno:
    // Each map would else be one of texts alone, which Kyverno does not take.
    "resource.Post('authorization.k8s.io/v1', 'subjectaccessreviews', {'apiVersion': dyn('authorization.k8s.io/v1')," +
    " 'kind': dyn('SubjectAccessReview'), 'spec': dyn({'user': dyn(request.userInfo.username)," +
    ` 'groups': dyn(request.userInfo.groups), 'resourceAttributes': dyn({'verb': ${text(RELABEL_VERB)}, 'group': '',` +
    " 'resource': 'namespaces', 'name': request.name})})}).status.allowed",
};

/** Asked by the operation: what is not there is `null` to one engine, and empty to the other. */
const labelsOf = (object: string, absentOn: Operation): string =>
  `request.operation == '${absentOn}' ? dyn({}) : dyn(${object}).metadata.?labels.orValue({})`;

/** Who may edit a namespace could otherwise take it out of every policy (S4.29, apps.md §1.6). */
export function guardLabels(): AdmissionPolicy {
  return {
    name: "llm-platform-guard-labels",
    description:
      "The labels that put a namespace under policy are changed by those alone who may relabel namespaces.",
    rules: [
      {
        apiGroups: [""],
        apiVersions: ["v1"],
        // A namespace that is deleted can come back without them.
        operations: ["CREATE", "UPDATE", "DELETE"],
        // Both subresources change labels (policy-engines.md §2).
        resources: ["namespaces", "namespaces/status", "namespaces/finalize"],
      },
    ],
    matchConditions: [
      // It ends what somebody who may has begun.
      {
        name: "not-the-namespace-controller",
        expression:
          "request.?userInfo.?username.orValue('') != 'system:serviceaccount:kube-system:namespace-controller'",
      },
    ],
    variables: [
      { name: "platformLabels", expression: list([KUEUE_MANAGED, NAMESPACE_ROLE, TENANT]) },
      { name: "before", expression: labelsOf("oldObject", "CREATE") },
      { name: "after", expression: labelsOf("object", "DELETE") },
      // Levels of pod security are others' own business where the platform has no say.
      { name: "isOurs", expression: "variables.platformLabels.exists(k, k in variables.before)" },
      {
        name: "changed",
        expression:
          "[variables.before, variables.after].map(l, l.filter(k, variables.before[?k] != variables.after[?k] &&" +
          ` (k in variables.platformLabels || variables.isOurs && k.startsWith(${text(POD_SECURITY)}))))` +
          ".filter(l, l.size() > 0)",
      },
      { name: "mayRelabel", expression: mayRelabel },
    ],
    validations: [
      {
        expression: "variables.changed.size() == 0 || variables.mayRelabel",
        message: `a label that puts a namespace under policy is changed by who may not ${RELABEL_VERB} namespaces`,
        messageExpression:
          "'label ' + variables.changed[0][0] + ' of namespace ' + request.name + ' puts it under the policies of the" +
          ` platform: only who has the verb "${RELABEL_VERB}" on namespaces changes it (now "'` +
          " + variables.before[?variables.changed[0][0]].orValue('') + '\", would be \"'" +
          " + variables.after[?variables.changed[0][0]].orValue('') + '\")'",
      },
    ],
  };
}
