import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";

/** The project's name: the namespace of its config keys. */
export const PROJECT = "llm-platform";

/** Replaces a value that must not be shown. */
export const SECRET_VALUE = "[secret]";
/** Keys whose values are never shown, even if they are stored in plain text. */
export const SECRET_NAME = /key|token|secret|password/i;

/** The path to one value of the configuration. */
export type ConfigPath = readonly (string | number)[];

/** One problem of a stack's configuration. */
export interface ConfigProblem {
  readonly path: ConfigPath;
  /** The current value, if there is one. */
  readonly value?: unknown;
  readonly reason: string;
  /** The command that fixes it. */
  readonly fix: string;
}

/** Every problem of a stack's configuration, each with key, value, reason and the command that fixes it. */
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
    .map((part, index) => {
      if (typeof part === "number") return `[${String(part)}]`;
      // For example, the name of a model can contain dots.
      if (/[.[\]"]/.test(part)) return `["${part.replaceAll('"', '\\"')}"]`;
      return `${index === 0 ? "" : "."}${part}`;
    })
    .join("");
}

/** The command that sets a key to a value, or to the schema's example. A key without an example (a section) is removed. */
export function fixCommand(path: ConfigPath, value?: string): string {
  const nodes = schemaNodes(path);
  const text = value ?? nodes.find((node) => node.example !== undefined)?.example;
  if (text === undefined) {
    // `--path` cannot set a list, only an entry of a list.
    const entry = nodes.flatMap(({ items }) => items?.example ?? [])[0];
    return entry === undefined ? removeCommand(path) : fixCommand([...path, 0], entry);
  }
  // A number with a decimal point would be stored as text.
  const isFraction = nodes.some(({ type }) => type === "number") && !/^-?\d+$/.test(text);
  return path.length === 1
    ? `pulumi config set ${PROJECT}:${formatPath(path)} ${quote(text)}`
    : `pulumi config set ${isFraction ? "--type float " : ""}--path ${quotePath(path)} ${quote(text)}`;
}

function quote(text: string): string {
  return /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function quotePath(path: ConfigPath): string {
  return `'${`${PROJECT}:${formatPath(path)}`.replaceAll("'", "'\\''")}'`;
}

/** The command that sets a secret. Without a value Pulumi asks for it, so the shell history does not contain it. */
export function secretCommand(key: string): string {
  return `pulumi config set --secret ${PROJECT}:${key}`;
}

/** The command that removes a key. */
export function removeCommand(path: ConfigPath): string {
  return path.length === 1
    ? `pulumi config rm ${PROJECT}:${formatPath(path)}`
    : `pulumi config rm --path ${quotePath(path)}`;
}

/** Converts zod's issues to problems, one per unknown key or invalid value. */
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
        fix: fixOf(issue, value),
      },
    ];
  });
}

function fixOf(issue: z.core.$ZodIssue, value: unknown): string {
  const at = path(issue);
  const choices = issue.code === "custom" ? (issue.params?.["choices"] as readonly string[] | undefined) : [];
  const [first, ...others] = (choices ?? []).map((choice) => fixCommand(at, choice));
  if (first !== undefined) return [first, ...others.map((other) => `(or: ${other})`)].join("  ");
  const fix = fixCommand(at);
  // The current value is not a list, so an entry cannot be set in it.
  const isInTheWay = issue.code === "invalid_type" && issue.expected === "array" && value !== undefined;
  return isInTheWay && fix !== removeCommand(at) ? `${removeCommand(at)} && ${fix}` : fix;
}

/** The value may be the secret itself instead of the name of its key. */
function shownValue(at: ConfigPath, value: unknown): unknown {
  return SECRET_NAME.test(String(at.at(-1))) ? SECRET_VALUE : value;
}

/** An unknown key, with the nearest known key. `secrets` are the keys that models refer to. */
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
  // The value may be meant for the nearest key, unless that key is set or the names differ too much.
  const isMeant =
    valueAt(input, [...parent, nearest]) === undefined &&
    distance(key, nearest) < Math.max(key.length, nearest.length) / 2;
  const set = isMeant ? moveCommand([...parent, nearest], value, secrets.includes(nearest)) : undefined;
  return {
    path: at,
    value,
    reason: `unknown key; did you mean "${nearest}"? (known keys: ${known.join(", ")})`,
    fix: [removeCommand(at), ...(set === undefined ? [] : [set])].join(" && "),
  };
}

/** The command that sets the intended key to the value, if the value may be shown. */
function moveCommand(to: ConfigPath, value: unknown, toSecret: boolean): string | undefined {
  if (toSecret) return secretCommand(formatPath(to));
  if (value === SECRET_VALUE) return undefined;
  if (typeof value !== "object" || value === null) return fixCommand(to, String(value));
  // `--path` cannot set a section, only the keys in it.
  const parts = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  const commands = parts.map(([part, child]) => moveCommand([...to, part], child, false));
  return commands.length === 0 ? undefined : commands.join(" && ");
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
        : `expected ${issue.message}`;
    case "invalid_key":
      return `is not a valid name: expected ${issue.issues[0]?.message ?? issue.message}`;
    case "too_small":
      if (issue.origin === "string" || issue.origin === "array") return "must not be empty";
      return `must be ${issue.inclusive === false ? "more than" : "at least"} ${String(issue.minimum)}`;
    case "too_big":
      return `must be at most ${String(issue.maximum)}`;
    default:
      return `expected ${issue.message}`;
  }
}

function article(type: string): string {
  if (type === "int") return "a whole number";
  if (type === "array") return "a list";
  if (type === "record" || type === "object") return "a section with keys of its own";
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}

/** The part of a JSON schema that this file uses. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: string | number | boolean | object;
  readonly example?: string;
  readonly enum?: readonly (string | number)[];
  readonly const?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  /** The schema of a record's entries, or `false` if only the properties are allowed. */
  readonly additionalProperties?: SchemaNode | false;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
}

let described: (() => SchemaNode) | undefined;
let cached: SchemaNode | undefined;

/** Called by stacks/config.ts. This file cannot import it, because the schema imports the features, which import this file. */
export function describeConfig(schema: z.ZodType): void {
  described = () => z.toJSONSchema(schema, { io: "input" }) as SchemaNode;
}

/** The configuration's schema as JSON schema. */
export function jsonSchema(): SchemaNode {
  if (described === undefined) throw new Error("stacks/config.ts is not imported");
  return (cached ??= described());
}

/** The schema nodes at a path. There are several if union members share the path. */
export function schemaNodes(at: ConfigPath): SchemaNode[] {
  return at.reduce<SchemaNode[]>(
    (nodes, part) =>
      nodes
        .map((node) =>
          typeof part === "number" ? node.items : (node.properties?.[part] ?? node.additionalProperties),
        )
        .filter((node) => node !== undefined && node !== false)
        .flatMap((node) => [node, ...(node.oneOf ?? [])]),
    [jsonSchema()],
  );
}
