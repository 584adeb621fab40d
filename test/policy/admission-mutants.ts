// Every way to weaken, widen or break a policy by one step.
import { type AdmissionPolicy, type NamedExpression, textFor } from "../../components/admission/policy.ts";
import { changesOf } from "./cel-changes.ts";

export interface PolicyMutant {
  readonly what: string;
  readonly policy: AdmissionPolicy;
}

const without = <T>(list: readonly T[], index: number): T[] => list.toSpliced(index, 1);

export function policyMutants(policy: AdmissionPolicy): PolicyMutant[] {
  return [...ruleMutants(policy), ...selectorMutants(policy), ...expressionMutants(policy)].map(
    ({ what, policy }) => ({
      what: `${policy.name}: ${what}`,
      policy,
    }),
  );
}

function ruleMutants(policy: AdmissionPolicy): PolicyMutant[] {
  return policy.rules.flatMap((rule, index) => {
    const having = (what: string, change: object | undefined): PolicyMutant => ({
      what: `rule ${index + 1} ${what}`,
      policy: {
        ...policy,
        rules:
          change === undefined
            ? without(policy.rules, index)
            : policy.rules.with(index, { ...rule, ...change }),
      },
    });
    return [
      // The last one of all would leave no rule, which the API server does not take.
      ...(policy.rules.length > 1 ? [having("is gone", undefined)] : []),
      ...(rule.resources.length > 1
        ? rule.resources.map((resource, place) =>
            having(`leaves out ${resource}`, { resources: without(rule.resources, place) }),
          )
        : []),
      ...(rule.operations.length > 1
        ? rule.operations.map((operation, place) =>
            having(`leaves out ${operation}`, { operations: without(rule.operations, place) }),
          )
        : []),
    ];
  });
}

function selectorMutants(policy: AdmissionPolicy): PolicyMutant[] {
  const { namespaceSelector, ...everywhere } = policy;
  if (namespaceSelector === undefined) return [];
  const { matchLabels = {}, matchExpressions = [] } = namespaceSelector;
  const selecting = (what: string, selector: object): PolicyMutant => ({
    what: `selects namespaces ${what}`,
    policy: { ...policy, namespaceSelector: selector },
  });
  return [
    { what: "selects every namespace", policy: everywhere },
    selecting("by a label that does not exist", { matchLabels: { missing: "yes" } }),
    ...Object.keys(matchLabels).map((key) =>
      selecting(`only by ${key}`, { matchExpressions: [{ key, operator: "Exists" }] }),
    ),
    ...matchExpressions.flatMap(({ key, operator, values = [] }) =>
      values.map((value, index) =>
        selecting(`without ${value}`, {
          matchExpressions: [{ key, operator, values: without(values, index) }],
        }),
      ),
    ),
  ];
}

function expressionMutants(policy: AdmissionPolicy): PolicyMutant[] {
  const changed = (
    parts: readonly NamedExpression[],
    kind: "variables" | "matchConditions",
  ): PolicyMutant[] =>
    parts.flatMap(({ name, expression }, index) =>
      changesOf(textFor("native", expression)).map(({ what, text }) => ({
        what: `${kind} ${name} ${what}`,
        policy: { ...policy, [kind]: parts.with(index, { name, expression: text }) },
      })),
    );
  return [
    ...policy.matchConditions.map(({ name }, index) => ({
      what: `matchConditions ${name} is gone`,
      policy: { ...policy, matchConditions: without(policy.matchConditions, index) },
    })),
    ...changed(policy.matchConditions, "matchConditions"),
    ...changed(policy.variables, "variables"),
    ...policy.validations.flatMap((validation, index) =>
      changesOf(validation.expression).map(({ what, text }) => ({
        what: `validation ${index + 1} ${what}`,
        policy: {
          ...policy,
          validations: policy.validations.with(index, { ...validation, expression: text }),
        },
      })),
    ),
  ];
}
