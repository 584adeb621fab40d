import { objectLabels } from "../core/labels.ts";
import { type ActiveMode, type AdmissionPolicy, type NamedExpression, textFor } from "./policy.ts";
import { ADMISSION } from "./render-native.ts";

const ACTIONS: Readonly<Record<ActiveMode, readonly string[]>> = {
  audit: ["Audit", "Warn"],
  enforce: ["Deny"],
};

/** The policy for Kyverno 1.17 and newer: the same expressions, but for the words that Kyverno lacks. */
export function renderValidatingPolicy(policy: AdmissionPolicy, mode: ActiveMode) {
  const { namespaceSelector } = policy;
  return {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ValidatingPolicy",
    metadata: metadataOf(policy),
    spec: {
      failurePolicy: "Fail",
      validationActions: ACTIONS[mode],
      // A scan has no caller, and the rules ask who calls.
      evaluation: { admission: { enabled: true }, background: { enabled: false } },
      matchConstraints: {
        resourceRules: policy.rules,
        ...(namespaceSelector && { namespaceSelector }),
      },
      // Its own webhook: until 1.19 policies that share one had the selector of the last (apps.md §1.4).
      webhookConfiguration: { timeoutSeconds: 10 },
      ...(policy.matchConditions.length > 0 && { matchConditions: policy.matchConditions.map(named) }),
      variables: policy.variables.map(named),
      validations: policy.validations,
    },
  };
}

function metadataOf({ name }: AdmissionPolicy) {
  return { name, labels: objectLabels(ADMISSION) };
}

function named({ name, expression }: NamedExpression) {
  return { name, expression: textFor("kyverno", expression) };
}
