// What a configuration with wrong values may have been meant as, so that the rules that join keys can look at the rest.
import { type ConfigPath, type SchemaNode, schemaNodes, valueAt } from "./config-problem.ts";

type Input = Readonly<Record<string, unknown>>;

/**
 * Copies of the configuration with other values in the place of each wrong one: what holds in all of them is told
 * besides, for it holds whatever was meant. Not each of them fits the schema.
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

/** A list goes as a whole: without one item the others would have other places. */
function wholeList(path: ConfigPath): ConfigPath {
  const item = path.findIndex((part) => typeof part === "number");
  return item === -1 ? path : path.slice(0, item);
}

/** Values that a key may have been meant to have: the extremes of them. `undefined` leaves the key out. */
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

/** A section with the first, or the last, meaning of each key. */
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
