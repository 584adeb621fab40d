// Responses of the JSON protocol in the form of prisma-client-py 0.11, which LiteLLM uses.

/** A table: what a raw query returns in the JSON protocol. */
interface RawTable {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** The form of data without the tags of the JSON protocol. A value of a Json field stays text. */
export function withoutTags(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(withoutTags);
  if (typeof data !== "object" || data === null) return data;
  if ("$type" in data && "value" in data) return data.value;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, withoutTags(value)]));
}

/** One object per row, with a tag on each cell. A statement without a result returns its count instead. */
export function taggedRows(data: unknown): unknown {
  if (typeof data !== "object" || data === null || !("columns" in data)) return data;
  const { columns, types, rows } = data as RawTable;
  return rows.map((row) =>
    Object.fromEntries(
      row.map((cell, index) => [columns[index] ?? "", taggedCell(types[index] ?? "", cell)]),
    ),
  );
}

function taggedCell(type: string, value: unknown): unknown {
  if (value === null) return { prisma__type: "null", prisma__value: null };
  if (!type.endsWith("-array")) return { prisma__type: type, prisma__value: value };
  const item = type.slice(0, -"-array".length);
  return { prisma__type: "array", prisma__value: (value as unknown[]).map((each) => taggedCell(item, each)) };
}
