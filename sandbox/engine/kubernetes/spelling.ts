import { groupKindOf, isMap } from "../../kubernetes/json.ts";
import type { Json, KubeObject } from "../../kubernetes/json.ts";

/**
 * The SDK cannot have dashes in property names, so a CustomResourceDefinition's `x-kubernetes-*` fields are written
 * with underscores in programs, and so in inputs and outputs.
 */
export function toKubernetesSpelling(object: KubeObject): KubeObject {
  return respell(object, /^x_kubernetes_/, (key) => key.replaceAll("_", "-"));
}

export function toPulumiSpelling(object: KubeObject): KubeObject {
  return respell(object, /^x-kubernetes-/, (key) => key.replaceAll("-", "_"));
}

function respell(object: KubeObject, pattern: RegExp, rename: (key: string) => string): KubeObject {
  if (groupKindOf(object) !== "apiextensions.k8s.io/CustomResourceDefinition") return object;
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(walk);
    if (!isMap(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [
        pattern.test(key) ? rename(key) : key,
        walk(child ?? null),
      ]),
    );
  };
  return walk(object) as KubeObject;
}
