import { type ConfigProblem, secretCommand, valueAt } from "../../config-problem.ts";
import type { ConfigSource } from "../../config-source.ts";
import type { NamedNamespace } from "../../feature.ts";
import { CONFIG_KEY } from "../../schema/secret-source.ts";
import type { RawModel } from "./rules.ts";

/** The models as they were written. An invalid model keeps its index and its provider key. */
export function rawModels({ values }: ConfigSource): RawModel[] {
  let gateway: unknown;
  try {
    gateway = JSON.parse(values["gateway"] ?? "{}");
  } catch {
    gateway = {};
  }
  const models = valueAt({ gateway }, ["gateway", "models"]);
  return Array.isArray(models) ? models.map((model: unknown) => (model ?? {}) as RawModel) : [];
}

/** Provider keys that are not set, or not as secrets. */
export function apiKeyProblems(
  models: readonly RawModel[],
  { values, secretKeys }: ConfigSource,
): ConfigProblem[] {
  const named = models.flatMap(({ apiKey }) =>
    typeof apiKey === "string" && CONFIG_KEY.test(apiKey) ? [apiKey] : [],
  );
  return [...new Set(named)]
    .sort()
    .filter((key) => !secretKeys.has(key))
    .map((key) => ({
      path: [key],
      ...(values[key] === undefined ? {} : { value: "[hidden]" }),
      reason:
        values[key] === undefined
          ? "a model refers to this key, which is not set"
          : "is stored in plain text: a provider key must be a secret",
      fix: secretCommand(key),
    }));
}

/** The namespaces of the model servers. */
export function modelNamespaces(models: readonly RawModel[]): NamedNamespace[] {
  return models.flatMap((model, index) => {
    const namespace = valueAt(model, ["server", "namespace"]);
    return typeof namespace === "string"
      ? [{ path: ["gateway", "models", index, "server", "namespace"], namespace }]
      : [];
  });
}
