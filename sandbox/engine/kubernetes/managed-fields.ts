import { isMap, listAt, mapAt, textAt } from "../../kubernetes/json.ts";
import type { Json, JsonMap, KubeObject } from "../../kubernetes/json.ts";

/**
 * A list element's place in managedFields is its key (`k:{"name":"web"}`) or its value (`v:"foregroundDeletion"`), so
 * that ownership survives reordering.
 */
export interface Manager {
  readonly name: string;
  readonly operation: string;
  readonly fields: JsonMap;
}

/** The owners of an object's fields, without status and other subresources except scale. */
export function managersOf(object: KubeObject): Manager[] {
  return listAt(object, "metadata", "managedFields")
    .filter((entry) => ["", "scale"].includes(textAt(entry, "subresource") ?? ""))
    .map((entry) => ({
      name: textAt(entry, "manager") ?? "",
      operation: textAt(entry, "operation") ?? "",
      fields: mapAt(entry, "fieldsV1"),
    }));
}

/**
 * Parts of Kubernetes and controllers. Their additions to a spec (a claim's volumeName, a webhook's caBundle) are normal.
 * Additions of all other managers, also of unknown tools, are drift.
 */
export function isController(manager: string): boolean {
  return /^(kube-controller-manager|kube-scheduler|kube-apiserver|kubelet|kwok)$|[-_](controller|operator|controller-manager|cainjector|autoscaler)$/.test(
    manager,
  );
}

/** Like the official provider, fields of kubectl are taken over. Every other manager is a conflict. */
export function isKubectl(manager: string): boolean {
  return manager.startsWith("kubectl") || manager === "before-first-apply";
}

/** A step below a node of managedFields: a map key, or a list element. */
export function below(node: JsonMap | undefined, step: string): JsonMap | undefined {
  const child = node?.[step];
  return isMap(child) ? child : undefined;
}

/** The steps of a list's elements with keys: `k:{"containerPort":80,"protocol":"TCP"}`. */
function elementKeys(node: JsonMap | undefined): JsonMap[] {
  return Object.keys(node ?? {})
    .filter((step) => step.startsWith("k:"))
    .map((step) => JSON.parse(step.slice(2)) as JsonMap);
}

/** The key fields of a list's elements, or undefined for a list that is owned as a whole. */
export function keyNames(nodes: readonly (JsonMap | undefined)[]): string[] | undefined {
  for (const node of nodes) {
    const [key] = elementKeys(node);
    if (key) return Object.keys(key);
  }
  return undefined;
}

/** Whether the live element is the one in `wanted`. Absent fields of `wanted` have their default. */
export function sameElement(names: readonly string[], wanted: Json, live: Json): boolean {
  if (!isMap(wanted) || !isMap(live)) return false;
  const given = names.filter((name) => wanted[name] !== undefined);
  return given.length > 0 && given.every((name) => wanted[name] === live[name]);
}

/** The position of an element in a manager's fields. */
export function elementNode(
  node: JsonMap | undefined,
  names: readonly string[],
  live: Json,
): JsonMap | undefined {
  const step = Object.keys(node ?? {}).find(
    (candidate) =>
      candidate.startsWith("k:") && sameElement(names, JSON.parse(candidate.slice(2)) as JsonMap, live),
  );
  return step === undefined ? undefined : below(node, step);
}
