import type { Model } from "../components/litellm/models.ts";
import { type PlatformConfig, schema } from "./config.ts";
import {
  ConfigError,
  type ConfigPath,
  type ConfigProblem,
  fixCommand,
  JSON_SCHEMA,
  problemsOf,
  removeCommand,
  secretCommand,
  unknownKey,
} from "./config-problem.ts";
import type { KubeContexts } from "./kubeconfig.ts";

/** Everything that a stack's configuration is made from. */
export interface ConfigSource {
  /** Raw texts by key, without the project's prefix; structured values are JSON. */
  readonly values: Readonly<Record<string, string>>;
  /** The keys whose values are secret. Their values are never looked at. */
  readonly secretKeys: ReadonlySet<string>;
  /** The contexts that the kubeconfig offers. */
  readonly contexts: KubeContexts;
}

type Parsed = ReturnType<typeof schema.parse>;

/**
 * Checks a stack's configuration and fills in the defaults.
 *
 * @throws ConfigError with every problem: unknown keys, values that do not fit, and combinations that cannot work.
 */
export function parseConfig(source: ConfigSource): PlatformConfig {
  const known = Object.keys(JSON_SCHEMA.properties ?? {});
  const input: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  for (const [key, text] of Object.entries(source.values)) {
    if (!known.includes(key)) continue;
    if (source.secretKeys.has(key)) problems.push(mustBePlain(key));
    else input[key] = decode(key, text);
  }

  const result = schema.safeParse(input);
  if (!result.success) problems.push(...problemsOf(result.error, input));
  // The rules that join several keys look at what is left when the wrong values are taken out, so that one run tells all.
  const config = result.success ? result.data : parseWithout(input, problems);
  const apiKeys = modelApiKeys(config.gateway.models);
  for (const key of Object.keys(source.values)) {
    if (!known.includes(key) && !apiKeys.includes(key)) {
      const shown = source.secretKeys.has(key) ? "[secret]" : source.values[key];
      problems.push(unknownKey([key], { [key]: shown }, apiKeys));
    }
  }
  // A list that is wrong in itself is not told to be empty as well.
  problems.push(
    ...combinations(config, source).filter(
      (found) => !problems.some((told) => within(told.path, found.path)),
    ),
  );

  const { context } = config;
  if (problems.length > 0 || context === undefined) throw new ConfigError(problems);
  return { ...config, context };
}

/** The names of the secret config keys that the models use, sorted. */
export function modelApiKeys(models: readonly Model[]): string[] {
  return [...new Set(models.flatMap((model) => (model.provider === "mock" ? [] : [model.apiKey])))].sort();
}

/** Pulumi hands over texts; all but text keys hold JSON. What is no JSON stays text, and the schema says what it wanted. */
function decode(key: string, text: string): unknown {
  if (JSON_SCHEMA.properties?.[key]?.type === "string") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function mustBePlain(key: string): ConfigProblem {
  return {
    path: [key],
    value: "[secret]",
    reason: "is no secret and has to be readable in reviews",
    fix: `${removeCommand([key])} && ${fixCommand([key])}`,
  };
}

/** Every key has a default or may be left out, so what remains without the wrong values always fits. */
function parseWithout(input: Record<string, unknown>, problems: readonly ConfigProblem[]): Parsed {
  const copy = structuredClone(input);
  for (const { path } of problems) remove(copy, path);
  const again = schema.safeParse(copy);
  // A wrong item of a list leaves the rest of the list incomplete: without the list, then.
  return again.success ? again.data : schema.parse({ ...copy, gateway: {} });
}

function remove(target: unknown, path: ConfigPath): void {
  const [first, ...rest] = path;
  if (first === undefined || typeof target !== "object" || target === null) return;
  if (Array.isArray(target)) target.splice(Number(first), 1);
  else if (rest.length === 0) Reflect.deleteProperty(target, first);
  else remove((target as Record<string, unknown>)[first], rest);
}

function within(path: ConfigPath, section: ConfigPath): boolean {
  return section.every((part, index) => path[index] === part);
}

/** The rules that join several keys. */
function combinations(config: Parsed, source: ConfigSource): ConfigProblem[] {
  return [
    ...contextProblems(config, source.contexts),
    ...gatewayProblems(config),
    ...apiKeyProblems(config, source),
  ];
}

function contextProblems(config: Parsed, contexts: KubeContexts): ConfigProblem[] {
  if (config.context === undefined) {
    const ambient =
      contexts.current === undefined
        ? `${contexts.source} has no current context either`
        : `kubectl would use "${contexts.current}" of ${contexts.source}, but a stack must name its cluster`;
    return [
      {
        path: ["context"],
        reason: `no cluster is named: ${ambient}`,
        fix: fixCommand(["context"], contexts.current ?? "<context>"),
      },
    ];
  }
  if (contexts.names.includes(config.context)) return [];
  return [
    {
      path: ["context"],
      value: config.context,
      reason: `no such context in ${contexts.source} (it has: ${contexts.names.join(", ") || "none"})`,
      fix: fixCommand(["context"], contexts.names[0] ?? "<context>"),
    },
  ];
}

function gatewayProblems({ features, gateway, profile }: Parsed): ConfigProblem[] {
  if (!features.gateway) return [];
  const problems: ConfigProblem[] = [];
  if (gateway.database && !features.postgres) {
    problems.push({
      path: ["features", "postgres"],
      value: false,
      reason: "the gateway keeps its keys and budgets in PostgreSQL (gateway.database is on)",
      fix: `${fixCommand(["features", "postgres"], "true")}  (or: ${fixCommand(["gateway", "database"], "false")})`,
    });
  }
  if (!gateway.database && profile === "prod") {
    problems.push({
      path: ["gateway", "database"],
      value: false,
      reason: "in prod every caller has a key and a budget of its own, and those are kept in the database",
      fix: fixCommand(["gateway", "database"], "true"),
    });
  }
  if (gateway.models.length === 0) {
    problems.push({
      path: ["gateway", "models"],
      reason: "a gateway without a model answers nothing",
      fix: ["name", "provider", "model", "apiKey"]
        .map((key) => fixCommand(["gateway", "models", 0, key]))
        .join(" && "),
    });
  }
  gateway.models.forEach((model, index) => {
    if (model.provider === "mock" && profile === "prod") {
      problems.push({
        path: ["gateway", "models", index, "provider"],
        value: "mock",
        reason: "a mock model answers every caller with the same text: for dev only",
        fix: fixCommand(["gateway", "models", index, "provider"]),
      });
    }
  });
  return problems;
}

function apiKeyProblems({ features, gateway }: Parsed, source: ConfigSource): ConfigProblem[] {
  if (!features.gateway) return [];
  return modelApiKeys(gateway.models)
    .filter((key) => !source.secretKeys.has(key))
    .map((key) => ({
      path: [key],
      // A value that was set in clear is not repeated here.
      ...(source.values[key] === undefined ? {} : { value: "[hidden]" }),
      reason:
        source.values[key] === undefined
          ? "a model names this key, and it is not set"
          : "is stored in clear: a provider key has to be secret",
      fix: secretCommand(key),
    }));
}
