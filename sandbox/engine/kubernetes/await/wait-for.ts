import { isMap, numberAt } from "../../../kubernetes/json.ts";
import type { Json, KubeObject } from "../../../kubernetes/json.ts";
import { condition, waitingFor } from "./rule.ts";
import type { Rule } from "./rule.ts";

/**
 * `pulumi.com/waitFor`: `condition=Type[=Value]`, `jsonpath={.status.phase}[=Value]`, or a JSON list of such texts, all
 * of which must hold.
 */
export function waitForRule(annotation: string): Rule {
  const expressions = parseExpressions(annotation).map((text) => ({ text, holds: parseExpression(text) }));
  return {
    timeoutSeconds: 600,
    decide: ({ object }) => {
      if (!isCurrent(object)) return waitingFor(["the controller has not seen the change yet"]);
      return waitingFor(
        expressions.filter(({ holds }) => !holds(object)).map(({ text }) => `waiting for ${text}`),
      );
    },
  };
}

function parseExpressions(annotation: string): string[] {
  if (!annotation.trimStart().startsWith("[")) return [annotation];
  const list: unknown = JSON.parse(annotation);
  if (!Array.isArray(list) || list.length === 0 || !list.every((entry) => typeof entry === "string")) {
    throw new Error(`the annotation pulumi.com/waitFor is ${annotation}: it must be a list of texts`);
  }
  return list;
}

function parseExpression(text: string): (object: KubeObject) => boolean {
  const [, type, name = "", value] = /^(condition|jsonpath)=(\{[^}]*\}|[^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (type === "condition" && name !== "") {
    return (object) => condition(object, name)?.status.toLowerCase() === (value ?? "True").toLowerCase();
  }
  const path = type === "jsonpath" ? parseJsonPath(name) : undefined;
  if (!path) {
    throw new Error(
      `the annotation pulumi.com/waitFor has ${JSON.stringify(text)}: it must be condition=Type[=Value] or ` +
        "jsonpath={.field.field[0]}[=Value] (filters are not supported by the stand-in provider)",
    );
  }
  return (object) => {
    const found = path.reduce<Json[]>(
      (values, step) => values.flatMap((from) => children(from, step)),
      [object],
    );
    return value === undefined ? found.length > 0 : found.some((candidate) => asText(candidate) === value);
  };
}

function asText(value: Json): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The steps of `{.status.conditions[*].type}`, or undefined if it has more than fields and indexes. */
function parseJsonPath(text: string): string[] | undefined {
  const body = /^\{(.*)\}$/s.exec(text)?.[1] ?? text;
  if (!/^(\.[\w-]+|\.[\w-]*(\\\.[\w-]*)+|\[(\d+|\*)\])+$/.test(body)) return undefined;
  return [...body.matchAll(/\.((?:[\w-]|\\\.)+)|\[(\d+|\*)\]/g)].map(
    ([, field, index]) => field?.replaceAll("\\.", ".") ?? index ?? "",
  );
}

function children(value: Json, step: string): Json[] {
  if (Array.isArray(value)) return step === "*" ? value : value.slice(Number(step), Number(step) + 1);
  const child = isMap(value) ? value[step] : undefined;
  return child === undefined ? [] : [child];
}

/** Not every controller reports a generation. */
function isCurrent(object: KubeObject): boolean {
  const observed = numberAt(object, "status", "observedGeneration");
  return observed === undefined || observed >= (numberAt(object, "metadata", "generation") ?? 0);
}
