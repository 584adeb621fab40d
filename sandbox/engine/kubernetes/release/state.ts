import { parseAllDocuments } from "yaml";
import { containsSecret, Secret } from "../../shared/property-values.ts";
import type { PropertyMap, PropertyValue } from "../../shared/property-values.ts";
import { asProperty, textInput } from "../inputs.ts";
import { deepEqual, isMap, nameOf, namespaceOf, textAt } from "../../../kubernetes/json.ts";
import type { Json, KubeObject } from "../../../kubernetes/json.ts";
import { valuesOf } from "./spec.ts";

export interface Identity {
  readonly name: string;
  readonly namespace: string;
}

export function identityOf(inputs: PropertyMap): Identity {
  return { name: textInput(inputs, "name") ?? "", namespace: textInput(inputs, "namespace") ?? "" };
}

/** As helm's arguments. */
export function place({ name, namespace }: Identity): string[] {
  return [name, "--namespace", namespace];
}

/** A version or values that differ from the program's come from a manual `helm upgrade`. */
export function inputsAsLive(inputs: PropertyMap, status: KubeObject, values: Json): PropertyMap {
  const version = textAt(status, "version");
  // helm merges values files, so the differences are unknown here.
  const comparable = inputs["valueYamlFiles"] === undefined;
  const same = deepEqual(asJson(valuesOf(inputs)), values);
  const live: PropertyValue = containsSecret(inputs["values"])
    ? new Secret(asProperty(values))
    : asProperty(values);
  return {
    ...inputs,
    ...(version !== undefined && { version }),
    ...(comparable && !same && { values: live }),
  };
}

function asJson(value: PropertyValue): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** The names of the objects of a release, as the official provider lists them: `apps/v1/Deployment` to `ns/name`. */
export function resourceNames(manifest: string, namespace: string): PropertyMap {
  const names: Record<string, string[]> = {};
  for (const document of parseAllDocuments(manifest)) {
    const object = document.toJS() as Json;
    if (!isMap(object)) continue;
    const key = `${textAt(object, "kind") ?? ""}/${textAt(object, "apiVersion") ?? ""}`;
    (names[key] ??= []).push(`${namespaceOf(object) ?? namespace}/${nameOf(object)}`);
  }
  return names;
}
