import { isDeepStrictEqual } from "node:util";
import "../config.ts";
import { jsonSchema, type SchemaNode } from "../config-problem.ts";

/** The top-level keys, then one section for each of the others. */
export function configurationKeys(): string {
  const keys = Object.entries(jsonSchema().properties ?? {});
  const sections = keys.filter(([, node]) => node.properties !== undefined);
  const values = keys.filter(([, node]) => node.properties === undefined);
  return [
    keyTable(values.flatMap(([key, node]) => rows([key], node))),
    ...sections.map(([key, node]) => `## ${key}\n\n${keyTable(rows([key], node))}`),
  ].join("\n\n");
}

function keyTable(lines: readonly string[]): string {
  return `| key | type | default | meaning |\n| --- | --- | --- | --- |\n${lines.join("\n")}`;
}

/** The row of a key, and the rows of the keys in it. `form` is the union member that they belong to. */
function rows(path: readonly string[], node: SchemaNode, form = "", isRequired = false): string[] {
  return [row(path, node, form + (isRequired ? " Required." : "")), ...rowsBelow(path, node, form)];
}

function rowsBelow(path: readonly string[], node: SchemaNode, form: string): string[] {
  const { properties, additionalProperties, items } = node;
  if (properties !== undefined) return propertyRows(path, node, form);
  if (additionalProperties !== undefined && additionalProperties !== false) {
    return rowsBelow([...path, "<name>"], additionalProperties, form);
  }
  if (items === undefined) return [];
  const item = [...path.slice(0, -1), `${path.at(-1) ?? ""}[]`];
  return [...rowsBelow(item, items, form), ...(items.oneOf ?? []).flatMap((each) => formRows(item, each))];
}

/** The keys of one union member of a list's items, which its provider identifies. */
function formRows(path: readonly string[], node: SchemaNode): string[] {
  const { provider, ...properties } = node.properties ?? {};
  const form = provider === undefined ? "" : ` For provider ${typeOf(provider).replaceAll('"', "`")}.`;
  return propertyRows(path, { ...node, properties }, form);
}

/** The keys of a section. Their common part is documented once. */
function propertyRows(
  path: readonly string[],
  { properties = {}, required = [] }: SchemaNode,
  form: string,
): string[] {
  const keys = Object.entries(properties);
  const shape = keys[0]?.[1].properties;
  const isShared = keys.length > 1 && keys.every(([, child]) => isDeepStrictEqual(child.properties, shape));
  return shape !== undefined && isShared
    ? [
        ...keys.map(([key, child]) => row([...path, key], child, form)),
        ...propertyRows([...path, "<name>"], { properties: shape }, form),
      ]
    : keys.flatMap(([key, child]) => rows([...path, key], child, form, required.includes(key)));
}

function row(path: readonly string[], node: SchemaNode, note: string): string {
  const value = defaultOf(node);
  const text = value === "" ? "" : `\`${value}\``;
  return `| \`${path.join(".")}\` | ${escape(typeOf(node))} | ${escape(text)} | ${escape((node.description ?? "") + note)} |`;
}

/** The default of a section or an empty list is not shown. */
function defaultOf({ default: value }: SchemaNode): string {
  if (typeof value !== "object") return value?.toString() ?? "";
  return Array.isArray(value) && value.length > 0 ? JSON.stringify(value) : "";
}

function typeOf(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((option) => JSON.stringify(option)).join(" | ");
  if (node.const !== undefined) return `"${node.const}"`;
  if (node.type === "object") return node.properties === undefined ? entriesOf(node) : "section";
  if (node.type === "array") return "list";
  const { minimum, exclusiveMinimum, maximum } = node;
  const bounds = [
    minimum === undefined ? [] : [`from ${String(minimum)}`],
    exclusiveMinimum === undefined ? [] : [`above ${String(exclusiveMinimum)}`],
    // JavaScript's largest integer is not a limit of the schema.
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? [] : [`to ${String(maximum)}`],
  ].flat();
  return [node.type ?? "any", ...bounds].join(" ");
}

function entriesOf({ additionalProperties }: SchemaNode): string {
  const entry = additionalProperties === false ? undefined : additionalProperties;
  return `${entry === undefined ? "any" : typeOf(entry)}s by name`;
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|");
}
