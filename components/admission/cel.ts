// Parts that the policies' expressions are made of.
import { sortedEntries } from "../core/sorted.ts";
import type { NamedExpression } from "./policy.ts";

/** A text as CEL writes it. */
export function text(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

export function list(values: readonly string[]): string {
  return `[${values.map(text).join(", ")}]`;
}

/** A map of lists; dynamic, for an empty one would have no type. */
export function listsByName(lists: Readonly<Record<string, readonly string[]>>): string {
  return `dyn({${sortedEntries(lists)
    .map(([name, values]) => `${text(name)}: ${list(values)}`)
    .join(", ")}})`;
}

/**
 * The object without its type: a rule is about several kinds, and type checking would want each field in all of them.
 * What it would check is proven with objects (policy-engines.md §2).
 */
export const OBJECT: NamedExpression = { name: "o", expression: "dyn(object)" };

/** The pod specs in an object of any kind that makes pods, and in a Pod. A JobSet has several. */
export function podSpecs(object: string): string {
  const job = "spec.template.spec";
  return [
    `${object}.kind == 'Pod' ? [${object}.spec]`,
    `${object}.kind == 'CronJob' ? [${object}.spec.jobTemplate.${job}]`,
    `${object}.kind == 'JobSet' ? ${object}.spec.?replicatedJobs.orValue([]).map(j, j.template.${job})`,
    `[${object}.${job}]`,
  ].join(" : ");
}
