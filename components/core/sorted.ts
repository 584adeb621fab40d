/**
 * The entries of a map, sorted by code point. A locale-dependent sort would give different results on different
 * machines.
 */
export function sortedEntries<T>(map: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(map).sort(byFirst);
}

/** Compares pairs by their first element, independently of the locale. */
export function byFirst([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
