import { objectLabels } from "../labels.ts";
import { type AdmissionPolicy, type Mode, type NamedExpression, textFor } from "./policy.ts";

/** What the objects of this component are labelled as. */
export const ADMISSION = "admission";

/** `audit` tells the caller, too; `enforce` leaves a trace in the audit log. A policy cannot both deny and warn. */
const ACTIONS: Readonly<Record<Exclude<Mode, "off">, readonly string[]>> = {
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
      matchConstraints: { resourceRules: policy.rules },
      ...(policy.matchConditions.length > 0 && { matchConditions: policy.matchConditions.map(named) }),
      variables: policy.variables.map(named),
      validations: policy.validations.map((validation) => ({ ...validation, reason: "Forbidden" })),
    },
  };
}

/** Where it is in force, and how. */
export function renderNativeBinding(policy: AdmissionPolicy, mode: Exclude<Mode, "off">) {
  const { namespaceSelector } = policy;
  return {
    metadata: metadataOf(policy),
    spec: {
      policyName: policy.name,
      validationActions: ACTIONS[mode],
      ...(namespaceSelector && { matchResources: { namespaceSelector } }),
    },
  };
}

function metadataOf({ name }: AdmissionPolicy) {
  return { name, labels: objectLabels(ADMISSION) };
}

function named({ name, expression }: NamedExpression) {
  return { name, expression: textFor("native", expression) };
}
