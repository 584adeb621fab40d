// What a release gives a chart, held against the keys that the chart documents.

/** The way to each leaf of a release's values; what is in a list is the list's. */
export function leaves(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path.join(".")];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, [...path, key]));
}

/** @param keys as the chart has them; `labels.*` takes whatever is below `labels` */
export const documentedBy =
  (keys: readonly string[]) =>
  (path: string): boolean =>
    keys.some((key) => (key.endsWith(".*") ? `${path}.`.startsWith(key.slice(0, -1)) : key === path));
