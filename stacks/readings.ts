// Possible meanings of a configuration with invalid values, so that the rules between keys can check the rest.
import { type ConfigPath, type SchemaNode, schemaNodes, valueAt } from "./config-problem.ts";

type Input = Readonly<Record<string, unknown>>;

/**
 * Copies of the configuration with other values in place of each invalid one. A problem that all copies have is reported,
 * because it does not depend on the intended value. Some copies may not match the schema.
 */
export function readingsOf(input: Input, wrong: readonly ConfigPath[]): Input[] {
  const meant = wrong.map(wholeList).map((path) => [path, meanings(schemaNodes(path)[0])] as const);
  const count = Math.max(1, ...meant.map(([, values]) => values.length));
  return Array.from({ length: count }, (_, index) => {
    const copy = structuredClone(input);
    for (const [path, values] of meant) replace(copy, path, values[index % values.length]);
    return copy;
  });
}

/** A list is replaced as a whole, because removing one item would change the indexes of the others. */
function wholeList(path: ConfigPath): ConfigPath {
  const item = path.findIndex((part) => typeof part === "number");
  return item === -1 ? path : path.slice(0, item);
}

/** The extreme values that a key can have. `undefined` removes the key. */
function meanings(node: SchemaNode | undefined): readonly unknown[] {
  if (node === undefined) return [undefined];
  if (node.enum !== undefined) return node.enum;
  switch (node.type) {
    case "boolean":
      return [false, true];
    case "integer":
    case "number":
      return [node.minimum, node.maximum];
    case "object":
      return [undefined, section(node, 0), section(node, -1)];
    case "array":
      return [undefined, ...(node.items?.example === undefined ? [] : [[node.items.example]])];
    default:
      return [undefined, node.example];
  }
}

/** A section with the first or the last possible value of each key. */
function section({ properties = {} }: SchemaNode, place: 0 | -1): unknown {
  return Object.fromEntries(
    Object.entries(properties)
      .map(([key, child]) => [key, meanings(child).at(place)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

function replace(target: Record<string, unknown>, path: ConfigPath, value: unknown): void {
  const around = valueAt(target, path.slice(0, -1));
  const last = path.at(-1);
  if (typeof around !== "object" || around === null || last === undefined) return;
  if (value === undefined) Reflect.deleteProperty(around, last);
  else Object.assign(around, { [last]: structuredClone(value) });
}
