import { objectLabels } from "../core/labels.ts";
import {
  type ActiveMode,
  type AdmissionPolicy,
  type NamedExpression,
  type NamespaceSelector,
  textFor,
} from "./policy.ts";

/** What the objects of this component are labelled as. */
export const ADMISSION = "admission";

/** `audit` tells the caller, too; `enforce` leaves a trace in the audit log. A policy cannot both deny and warn. */
const ACTIONS: Readonly<Record<ActiveMode, readonly string[]>> = {
  audit: ["Audit", "Warn"],
  enforce: ["Deny", "Audit"],
};

/** The policy as the API server itself enforces it: no webhook that could be down, and no namespace that is left out. */
export function renderNativePolicy(policy: AdmissionPolicy) {
  return {
    metadata: metadataOf(policy),
    spec: {
      // What cannot be judged is refused.
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: renderRules(policy) },
      ...(policy.matchConditions.length > 0 && { matchConditions: policy.matchConditions.map(named) }),
      variables: policy.variables.map(named),
      validations: policy.validations.map((validation) => ({ ...validation, reason: "Forbidden" })),
    },
  };
}

/** Where it is in force, and how. */
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

export function renderRules({ rules }: AdmissionPolicy) {
  return rules.map(({ apiGroups, apiVersions, operations, resources }) => ({
    apiGroups: [...apiGroups],
    apiVersions: [...apiVersions],
    operations: [...operations],
    resources: [...resources],
  }));
}

export function renderSelector({ matchLabels, matchExpressions }: NamespaceSelector) {
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
