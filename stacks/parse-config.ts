import { type PlatformConfig, schema } from "./config.ts";
import {
  ConfigError,
  type ConfigPath,
  type ConfigProblem,
  fixCommand,
  jsonSchema,
  problemsOf,
  removeCommand,
  SECRET_NAME,
  SECRET_VALUE,
  unknownKey,
  valueAt,
} from "./config-problem.ts";
import { combinations } from "./combinations.ts";
import { natsPasswordSources } from "./features/nats-problems.ts";
import { onePasswordConfigKeys } from "./features/onepassword.ts";
import { secretConfigKeys } from "./features/secrets.ts";
import { CONFIG_KEY } from "./features/secrets-schema.ts";
import type { RawModel } from "./features/gateway-problems.ts";
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

/** A configuration whose values fit, before the rules that join them. */
export type ParsedConfig = ReturnType<typeof schema.parse>;

/**
 * Checks a stack's configuration and fills in the defaults.
 *
 * @throws ConfigError with every problem: unknown keys, values that do not fit, and combinations that cannot work.
 */
export function parseConfig(source: ConfigSource): PlatformConfig {
  const known = Object.keys(jsonSchema().properties ?? {});
  const input: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  for (const [key, text] of Object.entries(source.values)) {
    if (!known.includes(key)) continue;
    if (source.secretKeys.has(key)) problems.push(mustBePlain(key));
    else input[key] = decode(key, text);
  }

  const result = schema.safeParse(input);
  if (!result.success) problems.push(...problemsOf(result.error, input));
  // The rules that join several keys look at what is left without the wrong values, so that one run tells all.
  const config = result.success ? result.data : parseWithout(input, problems);
  // Of the list as it was written: a model that is wrong in one key still has its place and names its provider key.
  const models = rawModels(input);
  const apiKeys = [...rawApiKeys(models), ...namedConfigKeys(config)];
  const isHidden = (key: string) => source.secretKeys.has(key) || SECRET_NAME.test(key);
  const shown = Object.fromEntries(
    Object.entries(source.values).map(([key, text]) => [key, isHidden(key) ? SECRET_VALUE : text]),
  );
  for (const key of Object.keys(source.values)) {
    if (!known.includes(key) && !apiKeys.includes(key)) problems.push(unknownKey([key], shown, apiKeys));
  }
  // What is wrong in itself is not told to be, say, empty as well.
  problems.push(
    ...combinations(config, { models, apiKeys: rawApiKeys(models) }, source).filter(
      (found) => !problems.some((told) => within(told.path, found.path) || within(found.path, told.path)),
    ),
  );

  const { context } = config;
  if (problems.length > 0 || context === undefined) throw new ConfigError(problems);
  return { ...config, context };
}

/** The names of the secret config keys that the models use, sorted. */
export function modelApiKeys(models: PlatformConfig["gateway"]["models"]): string[] {
  const named = models.flatMap((model) =>
    model.provider === "mock" || model.apiKey === undefined ? [] : [model.apiKey],
  );
  return [...new Set(named)].sort();
}

/** Pulumi hands over texts; all but text keys hold JSON. What is no JSON stays text, and the schema says what it wanted. */
function decode(key: string, text: string): unknown {
  if (jsonSchema().properties?.[key]?.type === "string") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function mustBePlain(key: string): ConfigProblem {
  return {
    path: [key],
    value: SECRET_VALUE,
    reason: "is no secret and has to be readable in reviews",
    fix: `${removeCommand([key])} && ${fixCommand([key])}`,
  };
}

/** Values that no rule objects to: they stand for wrong ones, so that nothing is told that may not be so. */
const UNOBJECTIONABLE = {
  profile: "dev",
  features: { postgres: false, gateway: false },
  gateway: { database: false, models: [] },
};

/** Every key has a default or may be left out, so what remains without the wrong values always fits. */
function parseWithout(input: Record<string, unknown>, problems: readonly ConfigProblem[]): ParsedConfig {
  const copy = structuredClone(input);
  for (const { path } of problems) {
    // A list goes as a whole: without one item the others would have other places.
    const list = path.findIndex((part) => typeof part === "number");
    const wrong = list === -1 ? path : path.slice(0, list);
    replace(copy, wrong, valueAt(UNOBJECTIONABLE, wrong));
  }
  return schema.parse(copy);
}

function replace(target: Record<string, unknown>, path: ConfigPath, value: unknown): void {
  const section = valueAt(target, path.slice(0, -1));
  const last = path.at(-1);
  if (typeof section !== "object" || section === null || last === undefined) return;
  if (value === undefined) Reflect.deleteProperty(section, last);
  else Object.assign(section, { [last]: structuredClone(value) });
}

function rawModels(input: unknown): RawModel[] {
  const models = valueAt(input, ["gateway", "models"]);
  return Array.isArray(models) ? models.map((model: unknown) => (model ?? {}) as RawModel) : [];
}

function rawApiKeys(models: readonly RawModel[]): string[] {
  const named = models.flatMap(({ apiKey }) =>
    typeof apiKey === "string" && CONFIG_KEY.test(apiKey) ? [apiKey] : [],
  );
  return [...new Set(named)].sort();
}

function within(path: ConfigPath, section: ConfigPath): boolean {
  return section.every((part, index) => path[index] === part);
}

/** The secret config keys that the configuration names besides the models' own. */
export function namedConfigKeys(
  config: Pick<ParsedConfig, "secrets" | "nats" | "onepassword" | "profile">,
): string[] {
  const passwords = natsPasswordSources(config).map((placed) => placed.config);
  return [
    ...secretConfigKeys([...Object.values(config.secrets), ...passwords]),
    ...onePasswordConfigKeys(config.onepassword),
  ];
}
