import { ConfigError, type ConfigProblem } from "../../../stacks/config-problem.ts";
import type { ConfigSource } from "../../../stacks/config-source.ts";
import { parseConfig } from "../../../stacks/parse-config.ts";

export const MODEL = { name: "m", provider: "openrouter", model: "vendor/m", apiKey: "openrouterApiKey" };
export const MOCK = { name: "mock", provider: "mock", response: "Hello." };
export const GATEWAY = { models: [MOCK] };

export const CONTEXTS = { source: "/home/me/.kube/config", names: ["test", "other"], current: "other" };

/** The users of PostgreSQL and the gateway are off, so that each rule applies separately. A case may turn them on. */
const FEATURES = { tracing: false, chat: false };

const isSection = (value: unknown): boolean => value === undefined || typeof value === "object";

/** A source with one mock model in dev, changed as a case wants; `undefined` takes a key away. */
export function source(
  values: Readonly<Record<string, unknown>>,
  rest: Partial<Omit<ConfigSource, "values">> = {},
): ConfigSource {
  const all: Record<string, unknown> = {
    profile: "dev",
    context: "test",
    // As the context, this is the cluster's: prod wants it said, whatever else a case is about.
    network: { enforcer: "confirmed" },
    gateway: GATEWAY,
    ...values,
    ...(isSection(values["features"])
      ? { features: { ...FEATURES, ...(values["features"] as object) } }
      : {}),
  };
  return {
    values: Object.fromEntries(
      Object.entries(all)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    ),
    secretKeys: new Set(),
    contexts: CONTEXTS,
    ...rest,
  };
}

/** Models that name a provider key, and the key. */
export function withKey(models: readonly object[]): ConfigSource {
  const secretKeys = new Set(["openrouterApiKey"]);
  return source({ gateway: { models }, openrouterApiKey: "x" }, { secretKeys });
}

export function errorOf(from: ConfigSource): ConfigError {
  try {
    parseConfig(from);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

export const problemsOf = (from: ConfigSource): readonly ConfigProblem[] => errorOf(from).problems;

/** What is configured, and the one problem that it has. */
export type Refused = readonly (readonly [what: string, from: ConfigSource, wanted: ConfigProblem])[];

export const set = "pulumi config set llm-platform:";
export const setPath = (path: string, value: string) =>
  `pulumi config set --path 'llm-platform:${path}' ${value}`;
export const remove = "pulumi config rm llm-platform:";
export const removePath = (path: string) => `pulumi config rm --path 'llm-platform:${path}'`;
