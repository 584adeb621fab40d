/** The entries of a map, sorted by code point: a sort by language would order pods' fields by who runs the program. */
export function sortedEntries<T>(map: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(map).sort(byFirst);
}

/** Compares pairs by their first, in every language the same. */
export function byFirst([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
