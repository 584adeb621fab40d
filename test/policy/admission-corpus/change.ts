type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * What is stored, with what differs between two forms of it: the API server has filled in defaults, and an update that
 * left them out would change other fields.
 */
export function changed(stored: unknown, before: unknown, after: unknown): unknown {
  if (JSON.stringify(before) === JSON.stringify(after)) return stored;
  const lists = [stored, before, after].filter((value) => Array.isArray(value));
  if (lists.length === 3 && new Set(lists.map(({ length }) => length)).size === 1) {
    // The items are the same things, in their order.
    return Array.from({ length: lists[0]?.length ?? 0 }, (_, index) =>
      changed(...(lists.map((list: readonly unknown[]) => list[index]) as [unknown, unknown, unknown])),
    );
  }
  if (!isFields(before) || !isFields(after) || !isFields(stored)) return after;
  const keys = [...new Set([...Object.keys(stored), ...Object.keys(after)])];
  return Object.fromEntries(
    keys
      .filter((key) => key in after || !(key in before))
      .map((key) => [key, changed(stored[key], before[key], after[key])]),
  );
}
