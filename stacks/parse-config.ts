import { type PlatformConfig, schema } from "./config.ts";
import type { ConfigSource } from "./config-source.ts";
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
  schemaNodes,
  unknownKey,
} from "./config-problem.ts";
import type { Config } from "./feature.ts";
import { FEATURES } from "./features/index.ts";
import { readingsOf } from "./readings.ts";
import { rulesOf } from "./rules/index.ts";
import { configKeysOf } from "./rules/secrets.ts";
import { CONFIG_KEY } from "./schema/secret-source.ts";

/**
 * Checks a stack's configuration and fills in the defaults.
 *
 * @throws ConfigError with every problem: unknown keys, invalid values, and invalid combinations.
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
  const named = result.success ? namedConfigKeys(result.data) : namesOfKeys(input);
  const isHidden = (key: string) => source.secretKeys.has(key) || SECRET_NAME.test(key);
  const shown = Object.fromEntries(
    Object.entries(source.values).map(([key, text]) => [key, isHidden(key) ? SECRET_VALUE : text]),
  );
  for (const key of Object.keys(source.values)) {
    if (!known.includes(key) && !named.includes(key)) problems.push(unknownKey([key], shown, named));
  }
  // Rules between keys check the possible meanings of invalid values, so that one run reports every problem.
  const readings = result.success ? [result.data] : fitting(readingsOf(input, wrongPaths(problems)));
  const found = readings.map((config) => rulesOf(config, source));
  problems.push(...inAll(found).filter(({ path }) => !problems.some((known) => concerns(known.path, path))));

  const context = result.data?.context;
  if (problems.length > 0 || !result.success || context === undefined) throw new ConfigError(problems);
  return { ...result.data, context };
}

function wrongPaths(problems: readonly ConfigProblem[]): ConfigPath[] {
  return problems.map(({ path }) => path);
}

function fitting(readings: readonly object[]): Config[] {
  return readings.flatMap((reading) => {
    const { data } = schema.safeParse(reading);
    return data === undefined ? [] : [data];
  });
}

/** The problems that every reading has. */
function inAll([first = [], ...others]: readonly (readonly ConfigProblem[])[]): ConfigProblem[] {
  const isSame = (one: ConfigProblem, other: ConfigProblem): boolean =>
    one.reason === other.reason && within(one.path, other.path) && within(other.path, one.path);
  return first.filter((one) => others.every((found) => found.some((other) => isSame(one, other))));
}

/** A key with a known problem gets no further problems, and neither does the rest of the same entry of a record. */
function concerns(known: ConfigPath, found: ConfigPath): boolean {
  const entry = recordEntry(known);
  return within(known, found) || within(found, known) || (entry !== undefined && within(found, entry));
}

function recordEntry(path: ConfigPath): ConfigPath | undefined {
  const isEntry = (length: number): boolean =>
    schemaNodes(path.slice(0, length - 1)).some(({ additionalProperties = false }) => additionalProperties);
  const length = path.findIndex((_, index) => isEntry(index + 1)) + 1;
  return length === 0 ? undefined : path.slice(0, length);
}

/** Pulumi passes text. Keys that are not text contain JSON. Invalid JSON stays text, and the schema reports the expected type. */
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
    reason: "is not a secret and must be readable in reviews",
    fix: `${removeCommand([key])} && ${fixCommand([key])}`,
  };
}

/** Possible names of secret config keys in an invalid configuration, so that these keys do not count as unknown. */
function namesOfKeys(input: unknown): string[] {
  if (typeof input !== "object" || input === null) return [];
  return Object.entries(input).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "string" && NAMES_A_KEY.test(key) && CONFIG_KEY.test(value)
      ? [value]
      : namesOfKeys(value),
  );
}

/** Keys whose values are names of secret config keys. */
const NAMES_A_KEY = /^(apiKey|key|bcryptHashKey|token|credentials)$/;

function within(path: ConfigPath, section: ConfigPath): boolean {
  return section.every((part, index) => path[index] === part);
}

/** The secret config keys that the configuration refers to. */
function namedConfigKeys(config: Config): string[] {
  const named = FEATURES.flatMap(({ configKeys }) => configKeys?.(config) ?? []);
  const all = [...Object.values(config.secrets).flatMap(configKeysOf), ...named];
  return [...new Set(all.filter((key) => key !== undefined))].sort();
}
