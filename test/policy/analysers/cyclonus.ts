// The matcher of cyclonus (sandbox/tools/cyclonus).
import type { Selector } from "../../../sandbox/live/network-policy/objects.ts";
import { mapSelectors, withLabels, withoutEmptyValues, withPolicyTypes } from "./adaptations.ts";
import { run } from "./run.ts";
import { type Analyser, adapted, type Difference, type Question } from "./question.ts";

/** Its builder panics on a policy without types: the API server writes them in (pkg/apis/networking/v1/defaults.go). */
const policyTypes: Difference = {
  what: "wants policy types to be written out",
  shownBy: [
    "no types, no rules",
    "no types, a rule of egress",
    "no types, an empty list of egress",
    "an empty list of types",
  ],
  adapt: withPolicyTypes,
};

/** Longer than a label may be. */
const missing = "none".repeat(16);
const orMissing = (key: string): string => `${key}.or-missing`;

/**
 * To Kubernetes, NotIn selects what lacks the label, too (apimachinery pkg/labels/selector.go); to cyclonus it does not
 * (pkg/kube/labelselector.go). It is asked for a copy of the label that nothing lacks.
 */
const notIn: Difference = {
  what: "lets NotIn select nothing that lacks the label",
  shownBy: [
    "NotIn, of a label that is missing",
    "NotIn, of namespaces",
    "NotIn, of pods of other namespaces",
  ],
  adapt: (cluster) => {
    const keys = new Set<string>();
    const rewrite = (selector: Selector): Selector => ({
      ...selector,
      ...(selector.matchExpressions && {
        matchExpressions: selector.matchExpressions.map((requirement) => {
          if (requirement.operator !== "NotIn") return requirement;
          keys.add(requirement.key);
          return { ...requirement, key: orMissing(requirement.key) };
        }),
      }),
    });
    const policies = cluster.policies.map((policy) => mapSelectors(policy, rewrite));
    return {
      policies,
      ...withLabels(cluster, keys, (key, labels) => [orMissing(key), labels[key] ?? missing]),
    };
  },
};

const emptyValues: Difference = {
  what: "takes a label with an empty value for one that is missing",
  shownBy: ["an empty value, of pods", "an empty value, of namespaces"],
  adapt: withoutEmptyValues,
};

export const cyclonusDifferences: readonly Difference[] = [policyTypes, emptyValues, notIn];

export class Cyclonus implements Analyser {
  readonly #program: string;

  constructor(program: string) {
    this.#program = program;
  }

  async judge(
    questions: readonly Question[],
    differences: readonly Difference[] = cyclonusDifferences,
  ): Promise<boolean[][]> {
    const answers: boolean[][] = [];
    for (const { cluster, connections } of questions)
      answers.push(await this.#ask({ cluster: adapted(cluster, differences), connections }));
    return answers;
  }

  async #ask({ cluster, connections }: Question): Promise<boolean[]> {
    const { policies, pods, namespaces } = cluster;
    const input = { policies, pods, namespaces: Object.fromEntries(namespaces), queries: connections };
    const { allowed } = JSON.parse(await run(this.#program, [], { input: JSON.stringify(input) })) as {
      allowed: boolean[];
    };
    if (allowed.length !== connections.length)
      throw new Error(`cyclonus gave ${allowed.length} answers to ${connections.length} questions`);
    return allowed;
  }
}
