// Building blocks of the policies' expressions.
import { sortedEntries } from "../core/sorted.ts";
import type { NamedExpression } from "./policy.ts";

/** Quotes a text as a CEL string literal. */
export function text(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

export function list(values: readonly string[]): string {
  return `[${values.map(text).join(", ")}]`;
}

/** A CEL map of lists. `dyn` is needed because an empty map has no type. */
export function listsByName(lists: Readonly<Record<string, readonly string[]>>): string {
  return `dyn({${sortedEntries(lists)
    .map(([name, values]) => `${text(name)}: ${list(values)}`)
    .join(", ")}})`;
}

/**
 * The object without its type. A rule covers several kinds, and type checking would require each field in all of
 * them. The tests apply objects instead (docs/references.md#admission-type-checking).
 */
export const OBJECT: NamedExpression = { name: "o", expression: "dyn(object)" };

/** The pod specs of a Pod, or of an object that creates pods. A JobSet has several. */
export function podSpecs(object: string): string {
  const job = "spec.template.spec";
  return [
    `${object}.kind == 'Pod' ? [${object}.spec]`,
    `${object}.kind == 'CronJob' ? [${object}.spec.jobTemplate.${job}]`,
    `${object}.kind == 'JobSet' ? ${object}.spec.?replicatedJobs.orValue([]).map(j, j.template.${job})`,
    `[${object}.${job}]`,
  ].join(" : ");
}
