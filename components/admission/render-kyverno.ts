import { objectLabels } from "../labels.ts";
import { type AdmissionPolicy, type Mode, type NamedExpression, textFor } from "./policy.ts";
import { ADMISSION } from "./render-native.ts";

/** Before it a policy in CEL was a rule of a ClusterPolicy; from 1.20 on there are no ClusterPolicies (apps.md §1.3). */
const FIRST_WITH_CEL_POLICIES = [1, 17] as const;

const ACTIONS: Readonly<Record<Exclude<Mode, "off">, readonly string[]>> = {
  audit: ["Audit", "Warn"],
  enforce: ["Deny"],
};

export type KyvernoPolicyKind = "ValidatingPolicy" | "ClusterPolicy";

/**
 * The kind of policy that a version of Kyverno takes.
 * @param version of the engine, not of its chart: `1.19.1`
 */
export function kyvernoPolicyKind(version: string): KyvernoPolicyKind {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [firstMajor, firstMinor] = FIRST_WITH_CEL_POLICIES;
  return major > firstMajor || (major === firstMajor && minor >= firstMinor)
    ? "ValidatingPolicy"
    : "ClusterPolicy";
}

/** The policy for Kyverno 1.17 and newer: the same expressions, but for the words that Kyverno lacks. */
export function renderValidatingPolicy(policy: AdmissionPolicy, mode: Exclude<Mode, "off">) {
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
