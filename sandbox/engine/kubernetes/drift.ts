import {
  containsSecret,
  isPropertyList,
  isPropertyMap,
  Secret,
  withoutSecrets,
} from "../shared/property-values.ts";
import type { PropertyMap, PropertyValue } from "../shared/property-values.ts";
import { asProperty, peelMap } from "./inputs.ts";
import { deepEqual, groupKindOf, isMap, mapAt } from "../../kubernetes/json.ts";
import type { Json, JsonMap, KubeObject } from "../../kubernetes/json.ts";
import { below, elementNode, isController, keyNames, managersOf, sameElement } from "./managed-fields.ts";
import { toPulumiSpelling } from "./spelling.ts";

/**
 * The inputs as the cluster has them now. They contain what a person changed, removed or added since the last update, so
 * that the next update shows and repairs it. The live object is compared with the last live one, not with the
 * inputs: the server rewrites values ("1000m" comes back as "1") and adds defaults, and neither is drift.
 */
export function driftedInputs(inputs: PropertyMap, lastLive: KubeObject, live: KubeObject): PropertyMap {
  const managers = managersOf(live);
  // Lists are matched by the keys of any manager. Additions count unless a controller made them. The program's own count, too:
  // they come from an update that was interrupted before the state was written.
  const all = managers.map((manager) => manager.fields);
  const adders = managers.filter(({ name }) => !isController(name)).map((manager) => manager.fields);
  const stringKeys = Object.keys(peelMap(inputs["stringData"]));
  const view = (object: KubeObject) => toPulumiSpelling(unfoldStringData(object, stringKeys));
  return inputMap(inputs, view(lastLive), view(live), { all, adders, path: [] });
}

/** The position of a walk in the managedFields of all managers. */
interface Owners {
  readonly all: readonly (JsonMap | undefined)[];
  readonly adders: readonly (JsonMap | undefined)[];
  readonly path: readonly string[];
}

function ownersOfField(owners: Owners, key: string): Owners {
  const step = (node: JsonMap | undefined) => below(node, `f:${key}`);
  return { all: owners.all.map(step), adders: owners.adders.map(step), path: [...owners.path, key] };
}

function ownersOfElement(owners: Owners, names: readonly string[], element: Json): Owners {
  const step = (node: JsonMap | undefined) => elementNode(node, names, element);
  return { all: owners.all.map(step), adders: owners.adders.map(step), path: owners.path };
}

/** Undefined if it was removed. */
function inputValue(
  input: PropertyValue,
  last: Json | undefined,
  live: Json | undefined,
  owners: Owners,
): PropertyValue {
  if (input instanceof Secret) {
    const value = inputValue(input.value, last, live, owners);
    return value === undefined ? undefined : new Secret(value);
  }
  if (live === undefined) return last === undefined ? input : undefined;
  if (isPropertyMap(input) && isMap(live)) return inputMap(input, isMap(last) ? last : {}, live, owners);
  if (isPropertyList(input) && Array.isArray(live)) {
    const names = keyNames(owners.all);
    if (names) return inputElements(input, Array.isArray(last) ? last : [], live, names, owners);
  }
  if (deepEqual(last, live) || deepEqual(withoutSecrets(input) as Json, live)) return input;
  return containsSecret(input) ? new Secret(asProperty(live)) : asProperty(live);
}

function inputMap(input: PropertyMap, last: JsonMap, live: JsonMap, owners: Owners): PropertyMap {
  const entries = Object.entries(input).map(([key, value]): [string, PropertyValue] => [
    key,
    inputValue(value, last[key], live[key], ownersOfField(owners, key)),
  ]);
  const added = Object.keys(live)
    .filter((key) => input[key] === undefined && isAddition(last[key], live[key], ownersOfField(owners, key)))
    .map((key): [string, PropertyValue] => [key, asProperty(live[key])]);
  return Object.fromEntries([...entries, ...added].filter(([, value]) => value !== undefined));
}

/** The elements of a list that the server identifies by key: containers by name, ports by number and protocol. */
function inputElements(
  input: readonly PropertyValue[],
  last: Json[],
  live: Json[],
  names: readonly string[],
  owners: Owners,
): PropertyValue[] {
  const find = (list: Json[], wanted: Json) => list.find((element) => sameElement(names, wanted, element));
  const kept = input.flatMap((element): PropertyValue[] => {
    const wanted = withoutSecrets(element) as Json;
    const now = find(live, wanted);
    const place = now === undefined ? owners : ownersOfElement(owners, names, now);
    const value = inputValue(element, find(last, wanted), now, place);
    return value === undefined ? [] : [value];
  });
  const added = live.filter(
    (element) =>
      !input.some((wanted) => sameElement(names, withoutSecrets(wanted) as Json, element)) &&
      isAddition(find(last, element), element, ownersOfElement(owners, names, element)),
  );
  return [...kept, ...added.map(asProperty)];
}

/** Foreign labels, annotations, finalizers and owners are normal; foreign fields of the spec or of data are not. */
const NEVER_ADDED = new Set(["apiVersion", "kind", "metadata", "status"]);

function isAddition(last: Json | undefined, live: Json | undefined, { adders, path }: Owners): boolean {
  return (
    !NEVER_ADDED.has(path[0] ?? "") && !deepEqual(last, live) && adders.some((node) => node !== undefined)
  );
}

/** Secret.stringData is stored as data. It is shown as stringData if the inputs have it there. */
function unfoldStringData(object: KubeObject, keys: readonly string[]): KubeObject {
  if (groupKindOf(object) !== "/Secret" || keys.length === 0) return object;
  const data = mapAt(object, "data");
  const decode = (value: Json | undefined) =>
    typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : undefined;
  const entries = Object.entries(data);
  return {
    ...object,
    data: Object.fromEntries(entries.filter(([key]) => !keys.includes(key))),
    stringData: Object.fromEntries(
      entries.filter(([key]) => keys.includes(key)).map(([key, value]) => [key, decode(value)]),
    ),
  };
}
