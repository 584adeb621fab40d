import { objectLabels } from "../core/labels.ts";
import { type ActiveMode, type AdmissionPolicy, type NamedExpression, textFor } from "./policy.ts";
import { ADMISSION } from "./render-native.ts";

const ACTIONS: Readonly<Record<ActiveMode, readonly string[]>> = {
  audit: ["Audit", "Warn"],
  enforce: ["Deny"],
};

/** The policy for Kyverno 1.17 and newer: the same expressions, except where Kyverno lacks a function. */
export function renderValidatingPolicy(policy: AdmissionPolicy, mode: ActiveMode) {
  const { namespaceSelector } = policy;
  return {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ValidatingPolicy",
    metadata: metadataOf(policy),
    spec: {
      failurePolicy: "Fail",
      validationActions: ACTIONS[mode],
      // A background scan has no caller, and the rules check the caller.
      evaluation: { admission: { enabled: true }, background: { enabled: false } },
      matchConstraints: {
        resourceRules: policy.rules,
        ...(namespaceSelector && { namespaceSelector }),
      },
      // Gives the policy its own webhook: before 1.19, policies that share one get the selector of the last
      // (docs/references.md#kyverno-shared-webhooks).
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
