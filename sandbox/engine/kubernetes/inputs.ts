import { Secret, isPropertyList, isPropertyMap, Unknown, withoutSecrets } from "../shared/property-values.ts";
import type { PropertyMap, PropertyValue } from "../shared/property-values.ts";
import { groupKindOf, isMap, mapAt } from "../../kubernetes/json.ts";
import type { Json, JsonMap, KubeObject } from "../../kubernetes/json.ts";
import { toKubernetesSpelling } from "./spelling.ts";

/** The object to send for a resource's inputs. The inputs contain no unknowns. */
export function toObject(inputs: PropertyMap): KubeObject {
  const object = toJson(withoutSecrets(inputs)) as JsonMap;
  return toKubernetesSpelling(foldStringData(object));
}

/** JSON is a valid property value. The cast goes through `unknown`, because the linter fails to compare the two types. */
export function asProperty(json: Json | undefined): PropertyValue {
  const value: unknown = json;
  return value as PropertyValue;
}

function toJson(value: PropertyValue): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (isPropertyList(value)) return value.map(toJson);
  if (isPropertyMap(value)) {
    // A null means "not set" in Pulumi. Kubernetes would read it as "remove" or reject it.
    const entries = Object.entries(value).filter(([, child]) => child !== null && child !== undefined);
    return Object.fromEntries(entries.map(([key, child]) => [key, toJson(child)]));
  }
  if (value instanceof Unknown)
    throw new Error("an unknown value reached the cluster (a defect of the provider)");
  throw new Error("assets, archives and whole resources cannot be values of a Kubernetes object");
}

/** Server-side apply does not own the keys of stringData, so they are sent as data. */
function foldStringData(object: KubeObject): KubeObject {
  if (groupKindOf(object) !== "/Secret" || !isMap(object["stringData"])) return object;
  const { stringData, ...rest } = object;
  return { ...rest, data: { ...mapAt(object, "data"), ...mapValues(stringData, base64) } };
}

function base64(value: Json | undefined): Json {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64");
}

function mapValues(map: JsonMap, fn: (value: Json | undefined) => Json): JsonMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, fn(value)]));
}

/** Removes one wrapper, because inputs can be secret or unknown at any level. */
export function peel(value: PropertyValue): PropertyValue {
  return value instanceof Secret ? peel(value.value) : value;
}

export function peelMap(value: PropertyValue): PropertyMap {
  const peeled = peel(value);
  return isPropertyMap(peeled) ? peeled : {};
}

/** The value at a path through secrets, without its own wrapper. */
export function peelAt(value: PropertyValue, ...path: readonly string[]): PropertyValue {
  return path.reduce<PropertyValue>((current, key) => peel(peelMap(current)[key]), peel(value));
}

/** A text at a path, or undefined if it is missing or unknown. */
export function textInput(inputs: PropertyMap, ...path: readonly string[]): string | undefined {
  const value = peelAt(inputs, ...path);
  return typeof value === "string" && value !== "" ? value : undefined;
}
