import { isDeepStrictEqual } from "node:util";

/** One place where two objects differ: a value, or what a list or a text of several lines has lost and gained. */
export interface ValueDifference {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly lost?: readonly unknown[];
  readonly gained?: readonly unknown[];
}

/** What differs between two maps of things by name. */
export interface Difference<T> {
  readonly added: Readonly<Record<string, T>>;
  readonly removed: readonly string[];
  readonly changed: Readonly<Record<string, readonly ValueDifference[]>>;
}

/** How `after` differs from `before`, everything sorted by name. */
export function differenceOf<T>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): Difference<T> {
  const changed = Object.keys(after)
    .filter((name) => name in before)
    .map((name) => [name, valueDifferences(before[name], after[name])] as const)
    .filter(([, differences]) => differences.length > 0);
  return {
    added: Object.fromEntries(sorted(Object.entries(after).filter(([name]) => !(name in before)))),
    removed: Object.keys(before)
      .filter((name) => !(name in after))
      .sort(),
    changed: Object.fromEntries(sorted(changed)),
  };
}

/** The innermost values that differ. */
function valueDifferences(before: unknown, after: unknown, path = ""): ValueDifference[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after) && before.length !== after.length) {
    return [listDifference(before, after, path)];
  }
  if (isContainer(before) && isContainer(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .sort()
      .flatMap((key) => valueDifferences(before[key], after[key], path === "" ? key : `${path}.${key}`));
  }
  if (isText(before) && isText(after)) return [listDifference(before.split("\n"), after.split("\n"), path)];
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

function listDifference(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
): ValueDifference {
  const lost = without(before, after);
  const gained = without(after, before);
  // The same items in another order.
  if (lost.length === 0 && gained.length === 0) return { path, before, after };
  return { path, ...(lost.length > 0 ? { lost } : {}), ...(gained.length > 0 ? { gained } : {}) };
}

function without(items: readonly unknown[], others: readonly unknown[]): unknown[] {
  return items.filter((item) => !others.some((other) => isDeepStrictEqual(item, other)));
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.includes("\n");
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function sorted<T>(entries: readonly (readonly [string, T])[]): (readonly [string, T])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}
