/** The type of each field of each model: what Prisma's schema says. */
export type DataModel = ReadonlyMap<string, ReadonlyMap<string, string>>;

export function readDataModel(schema: string): DataModel {
  const models = [...schema.matchAll(/^\s*model\s+(\w+)\s*\{([^]*?)^\s*\}/gm)];
  return new Map(
    models.map(([, name = "", body = ""]) => [
      name,
      new Map(
        [...body.matchAll(/^[ \t]*(\w+)[ \t]+(\w+)/gm)].map(([, field = "", type = ""]) => [field, type]),
      ),
    ]),
  );
}
