import type { PropertyMap } from "../shared/property-values.ts";
import { asProperty } from "./inputs.ts";
import { at, isMap, nameOf, namespaceOf, textAt } from "../../kubernetes/json.ts";
import type { Json, JsonMap, KubeObject } from "../../kubernetes/json.ts";
import { below, elementNode, isController, keyNames, managersOf } from "./managed-fields.ts";
import { hideSecretData } from "./outputs.ts";
import { toPulumiSpelling } from "./spelling.ts";

/**
 * Inputs for an object that is not in a program yet (import, .get): the fields that a user set, without the server's
 * defaults and without the fields of controllers.
 */
export function importedInputs(live: KubeObject): PropertyMap {
  const owners = managersOf(live)
    .filter(({ name }) => !isController(name))
    .map(({ fields }) => fields);
  const { apiVersion, kind } = live;
  const metadata = {
    name: nameOf(live),
    ...(namespaceOf(live) !== undefined && { namespace: namespaceOf(live) }),
  };
  const set = owners.length > 0 ? (owned(live, owners) as JsonMap) : withoutServerFields(live);
  const object = {
    ...set,
    apiVersion,
    kind,
    metadata: { ...(isMap(set["metadata"]) && set["metadata"]), ...metadata },
  };
  return hideSecretData(asProperty(toPulumiSpelling(object)) as PropertyMap);
}

function owned(live: Json, nodes: readonly (JsonMap | undefined)[]): Json {
  const atHand = nodes.filter((node) => node !== undefined);
  // A node without steps below it stands for the whole value.
  if (!atHand.some((node) => Object.keys(node).some((step) => step !== "."))) return live;
  if (isMap(live)) {
    const entries = Object.entries(live).flatMap(([key, value]) => {
      const children = atHand.map((node) => below(node, `f:${key}`));
      const isSet = value !== undefined && children.some((node) => node !== undefined);
      return isSet ? [[key, owned(value, children)] as const] : [];
    });
    return Object.fromEntries(entries);
  }
  const names = keyNames(atHand);
  if (!Array.isArray(live) || !names) return live;
  return live.flatMap((element) => {
    const children = atHand.map((node) => elementNode(node, names, element));
    return children.some((node) => node !== undefined) ? [owned(element, children)] : [];
  });
}

function withoutServerFields(live: KubeObject): JsonMap {
  const labels = at(live, "metadata", "labels");
  return { ...live, status: undefined, metadata: labels === undefined ? {} : { labels } };
}

export function isBeingDeleted(live: KubeObject): boolean {
  return textAt(live, "metadata", "deletionTimestamp") !== undefined;
}
