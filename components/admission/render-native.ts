import { objectLabels } from "../core/labels.ts";
import {
  type ActiveMode,
  type AdmissionPolicy,
  type NamedExpression,
  type NamespaceSelector,
  textFor,
} from "./policy.ts";

/** Label value of the objects of this component. */
export const ADMISSION = "admission";

/** `audit` also warns the caller; `enforce` also writes to the audit log. A policy cannot both deny and warn. */
const ACTIONS: Readonly<Record<ActiveMode, readonly string[]>> = {
  audit: ["Audit", "Warn"],
  enforce: ["Deny", "Audit"],
};

/** The policy as the API server enforces it. It needs no webhook, and covers every namespace. */
export function renderNativePolicy(policy: AdmissionPolicy) {
  return {
    metadata: metadataOf(policy),
    spec: {
      // A request that cannot be evaluated is rejected.
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: renderRules(policy) },
      ...(policy.matchConditions.length > 0 && { matchConditions: policy.matchConditions.map(named) }),
      variables: policy.variables.map(named),
      validations: policy.validations.map((validation) => ({ ...validation, reason: "Forbidden" })),
    },
  };
}

/** The namespaces and the actions of the policy. */
export function renderNativeBinding(policy: AdmissionPolicy, mode: ActiveMode) {
  const { namespaceSelector } = policy;
  return {
    metadata: metadataOf(policy),
    spec: {
      policyName: policy.name,
      validationActions: [...ACTIONS[mode]],
      ...(namespaceSelector && { matchResources: { namespaceSelector: renderSelector(namespaceSelector) } }),
    },
  };
}

function renderRules({ rules }: AdmissionPolicy) {
  return rules.map(({ apiGroups, apiVersions, operations, resources }) => ({
    apiGroups: [...apiGroups],
    apiVersions: [...apiVersions],
    operations: [...operations],
    resources: [...resources],
  }));
}

function renderSelector({ matchLabels, matchExpressions }: NamespaceSelector) {
  return {
    ...(matchLabels && { matchLabels: { ...matchLabels } }),
    ...(matchExpressions && {
      matchExpressions: matchExpressions.map(({ key, operator, values }) => ({
        key,
        operator,
        ...(values && { values: [...values] }),
      })),
    }),
  };
}

function metadataOf({ name }: AdmissionPolicy) {
  return { name, labels: objectLabels(ADMISSION) };
}

function named({ name, expression }: NamedExpression) {
  return { name, expression: textFor("native", expression) };
}
