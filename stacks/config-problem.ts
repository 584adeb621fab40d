import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { schema } from "./config.ts";

/** The project's name: the namespace of its config keys. */
export const PROJECT = "llm-platform";

/** What stands for a value that is not to be shown. */
export const SECRET_VALUE = "[secret]";
/** Keys whose values are never repeated, even where somebody has stored them in clear. */
export const SECRET_NAME = /key|token|secret|password/i;

/** The way to one value of the configuration. */
export type ConfigPath = readonly (string | number)[];

/** One thing that is wrong with a stack's configuration. */
export interface ConfigProblem {
  readonly path: ConfigPath;
  /** What is there now; left out when nothing is. */
  readonly value?: unknown;
  readonly reason: string;
  /** The command that mends it. */
  readonly fix: string;
}

/** Every problem of a stack's configuration, each with key, value, reason and the command that mends it. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(
      [
        `the configuration of this stack has ${count}; nothing was changed:`,
        ...problems.map(formatProblem),
      ].join("\n\n"),
    );
    this.name = "ConfigError";
    this.problems = problems;
  }
}

function formatProblem(problem: ConfigProblem): string {
  const key = `${PROJECT}:${formatPath(problem.path)}`;
  const value = problem.value === undefined ? "(not set)" : JSON.stringify(problem.value);
  return `  ${key} = ${value}\n    ${problem.reason}\n    fix: ${problem.fix}`;
}

/** `["gateway", "models", 0, "name"]` -> `gateway.models[0].name`, as `pulumi config set --path` takes it. */
export function formatPath(path: ConfigPath): string {
  return path
    .map((part, index) =>
      typeof part === "number" ? `[${String(part)}]` : `${index === 0 ? "" : "."}${part}`,
    )
    .join("");
}

/** The command that sets a key to a value, or to the schema's example; a key without one (a section) is removed. */
export function fixCommand(path: ConfigPath, value?: string): string {
  const text = value ?? schemaNodes(path).find((node) => node.example !== undefined)?.example;
  if (text === undefined) return removeCommand(path);
  const quoted = /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  return path.length === 1
    ? `pulumi config set ${PROJECT}:${formatPath(path)} ${quoted}`
    : `pulumi config set --path '${PROJECT}:${formatPath(path)}' ${quoted}`;
}

/** The command that sets a secret. Without a value Pulumi asks for it, so it is in no shell history. */
export function secretCommand(key: string): string {
  return `pulumi config set --secret ${PROJECT}:${key}`;
}

/** The command that removes a key. */
export function removeCommand(path: ConfigPath): string {
  return path.length === 1
    ? `pulumi config rm ${PROJECT}:${formatPath(path)}`
    : `pulumi config rm --path '${PROJECT}:${formatPath(path)}'`;
}

/** What zod found, told as problems: a problem an unknown key, or a value that does not fit. */
export function problemsOf(error: z.ZodError, input: unknown): ConfigProblem[] {
  return error.issues.flatMap((issue): ConfigProblem[] => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownKey([...path(issue), key], input));
    }
    const value = valueAt(input, path(issue));
    return [
      {
        path: path(issue),
        ...(value === undefined ? {} : { value: shownValue(path(issue), value) }),
        reason: value === undefined ? "is required" : reasonOf(issue),
        fix: fixCommand(path(issue)),
      },
    ];
  });
}

/** Somebody may have written a key where its name belongs. */
function shownValue(at: ConfigPath, value: unknown): unknown {
  return SECRET_NAME.test(String(at.at(-1))) ? SECRET_VALUE : value;
}

/** A key that the schema does not know, with the nearest one that it does; `secrets` are keys that models name. */
export function unknownKey(at: ConfigPath, input: unknown, secrets: readonly string[] = []): ConfigProblem {
  const parent = at.slice(0, -1);
  const known = [
    ...new Set([
      ...schemaNodes(parent).flatMap((node) => Object.keys(node.properties ?? {})),
      ...(parent.length === 0 ? secrets : []),
    ]),
  ];
  const key = String(at.at(-1));
  const nearest = closest(key, known);
  const value = valueAt(input, at);
  // The value may be meant for the nearest key: not if that has one already, nor if the two have little in common.
  const isMeant =
    valueAt(input, [...parent, nearest]) === undefined &&
    distance(key, nearest) < Math.max(key.length, nearest.length) / 2;
  const set = isMeant ? moveCommand([...parent, nearest], value, secrets.includes(nearest)) : undefined;
  return {
    path: at,
    value,
    reason: `unknown key; did you mean "${nearest}"? (known here: ${known.join(", ")})`,
    fix: [removeCommand(at), ...(set === undefined ? [] : [set])].join(" && "),
  };
}

/** The command that gives a value to the key that it was meant for, where it can be repeated. */
function moveCommand(to: ConfigPath, value: unknown, toSecret: boolean): string | undefined {
  if (toSecret) return secretCommand(formatPath(to));
  if (value === SECRET_VALUE) return undefined;
  return fixCommand(to, typeof value === "string" ? value : JSON.stringify(value));
}

/** The value at a path of the raw configuration. */
export function valueAt(input: unknown, at: ConfigPath): unknown {
  return at.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null
        ? (value as Record<string | number, unknown>)[part]
        : undefined,
    input,
  );
}

function path(issue: z.core.$ZodIssue): ConfigPath {
  return issue.path.map((part) => (typeof part === "number" ? part : String(part)));
}

function reasonOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `expected ${article(issue.expected)}`;
    case "invalid_value":
      return `expected one of: ${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      return "options" in issue && Array.isArray(issue.options)
        ? `expected one of: ${issue.options.map(String).join(", ")}`
        : "fits none of the forms that this key can have";
    case "too_small":
      return issue.origin === "string" ? "must not be empty" : `must be at least ${String(issue.minimum)}`;
    case "too_big":
      return `must be at most ${String(issue.maximum)}`;
    default:
      return `expected ${issue.message}`;
  }
}

function article(type: string): string {
  if (type === "int") return "a whole number";
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}

/** The part of a JSON schema that this file reads. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: string | number | boolean | object;
  readonly example?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
}

let cached: SchemaNode | undefined;

/** The configuration's schema as JSON schema. Made when it is first asked for: parts of the schema import this file. */
export function jsonSchema(): SchemaNode {
  return (cached ??= z.toJSONSchema(schema, { io: "input" }) as SchemaNode);
}

/** The schema nodes at a path; several where forms share it. */
function schemaNodes(at: ConfigPath): SchemaNode[] {
  return at.reduce<SchemaNode[]>(
    (nodes, part) =>
      nodes
        .flatMap((node) => (typeof part === "number" ? [node.items] : [node.properties?.[part]]))
        .filter((node) => node !== undefined)
        .flatMap((node) => [node, ...(node.oneOf ?? [])]),
    [jsonSchema()],
  );
}
