import { KUEUE_MANAGED, NAMESPACE_ROLE, TENANT } from "../../core/labels.ts";
import { POD_SECURITY } from "../../core/namespace/render-metadata.ts";
import { list, text } from "../cel.ts";
import type { AdmissionPolicy, Expression, Operation } from "../policy.ts";

/** The verb on namespaces that lets a user change the labels. Of the default roles only `cluster-admin` has it. */
export const RELABEL_VERB = "relabel";

/** Kyverno has no `authorizer`. The expression asks the API server with a SubjectAccessReview instead. */
const mayRelabel: Expression = {
  native: `authorizer.group('').resource('namespaces').name(request.name).check(${text(RELABEL_VERB)}).allowed()`,
  kyverno:
    // Without `dyn`, CEL infers a map of strings, which Kyverno rejects.
    "resource.Post('authorization.k8s.io/v1', 'subjectaccessreviews', {'apiVersion': dyn('authorization.k8s.io/v1')," +
    " 'kind': dyn('SubjectAccessReview'), 'spec': dyn({'user': dyn(request.userInfo.username)," +
    ` 'groups': dyn(request.userInfo.groups), 'resourceAttributes': dyn({'verb': ${text(RELABEL_VERB)}, 'group': '',` +
    " 'resource': 'namespaces', 'name': request.name})})}).status.allowed",
};

/** Chosen by the operation: an absent object is `null` in one engine and empty in the other. */
const labelsOf = (object: string, absentOn: Operation): string =>
  `request.operation == '${absentOn}' ? dyn({}) : dyn(${object}).metadata.?labels.orValue({})`;

/** Without this policy, a user who may edit a namespace could remove it from every policy. */
export function guardLabels(): AdmissionPolicy {
  return {
    name: "llm-platform-guard-labels",
    description:
      "Only users with the right to relabel namespaces change the labels by which policies select a namespace.",
    rules: [
      {
        apiGroups: [""],
        apiVersions: ["v1"],
        // A deleted namespace can be created again without the labels.
        operations: ["CREATE", "UPDATE", "DELETE"],
        // Both subresources can change labels (docs/references.md#status-subresources).
        resources: ["namespaces", "namespaces/status", "namespaces/finalize"],
      },
    ],
    matchConditions: [
      // The controller completes a deletion that was already authorized.
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
      // In namespaces of others, the Pod Security level is not the platform's concern.
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
        message: `a user who may not ${RELABEL_VERB} namespaces changes a label that puts a namespace under policy`,
        messageExpression:
          "'label ' + variables.changed[0][0] + ' of namespace ' + request.name + ' puts it under the policies of the" +
          ` platform. Only users with the verb "${RELABEL_VERB}" on namespaces may change it (now "'` +
          " + variables.before[?variables.changed[0][0]].orValue('') + '\", would be \"'" +
          " + variables.after[?variables.changed[0][0]].orValue('') + '\")'",
      },
    ],
  };
}
