import { withoutSecrets } from "../shared/property-values.ts";
import type { PropertyMap } from "../shared/property-values.ts";
import type { Cluster, Place } from "./cluster.ts";
import { ApiError } from "./api-error.ts";
import { isMap, textAt } from "../../kubernetes/json.ts";
import type { Json, JsonMap, KubeObject } from "../../kubernetes/json.ts";
import { below, elementNode, isController, keyNames, managersOf, sameElement } from "./managed-fields.ts";
import type { PathStep } from "./paths.ts";
import { toKubernetesSpelling } from "./spelling.ts";

/**
 * Fields that were removed from the inputs but still exist after the apply, because a person also owns them. An apply
 * removes only fields without another owner. Fields of a controller (replicas under an autoscaler) stay.
 */
export function leftovers(
  oldInputs: PropertyMap,
  inputs: PropertyMap,
  live: KubeObject,
  fieldManager: string,
): PathStep[][] {
  const plain = (properties: PropertyMap) => toKubernetesSpelling(withoutSecrets(properties) as JsonMap);
  const owners = managersOf(live)
    .filter(({ name }) => name !== fieldManager && !isController(name))
    .map(({ fields }) => fields);
  return [...inValue([], plain(oldInputs), plain(inputs), live, owners)];
}

type Owners = readonly (JsonMap | undefined)[];

function* inValue(
  path: readonly PathStep[],
  before: Json | undefined,
  after: Json | undefined,
  live: Json | undefined,
  owners: Owners,
): Generator<PathStep[]> {
  if (isMap(before) && isMap(after) && isMap(live)) {
    for (const key of Object.keys(before)) {
      const below_ = owners.map((node) => below(node, `f:${key}`));
      if (after[key] !== undefined) {
        yield* inValue([...path, key], before[key], after[key], live[key], below_);
      } else if (live[key] !== undefined && below_.some((node) => node !== undefined)) {
        yield [...path, key];
      }
    }
  } else if (Array.isArray(before) && Array.isArray(after) && Array.isArray(live)) {
    const names = keyNames(owners);
    if (names) yield* inElements(path, before, after, live, owners, names);
  }
}

function* inElements(
  path: readonly PathStep[],
  before: Json[],
  after: Json[],
  live: Json[],
  owners: Owners,
  names: readonly string[],
): Generator<PathStep[]> {
  for (const element of before) {
    const index = live.findIndex((candidate) => sameElement(names, element, candidate));
    const now = live[index];
    if (now === undefined) continue;
    const kept = after.find((candidate) => sameElement(names, candidate, now));
    const nodes = owners.map((node) => elementNode(node, names, now));
    if (kept !== undefined) yield* inValue([...path, index], element, kept, now, nodes);
    else if (nodes.some((node) => node !== undefined)) yield [...path, index];
  }
}

/** A JSON patch that removes the paths, and only from the version of the object in which they were found. */
export function removalPatch(paths: readonly PathStep[][], live: KubeObject): Json[] {
  const ordered = [...paths].sort(
    // Inner paths first, and later list elements before earlier ones, so that a removal does not shift the next path.
    (a, b) => b.length - a.length || Number(b.at(-1)) - Number(a.at(-1)) || 0,
  );
  return [
    {
      op: "test",
      path: "/metadata/resourceVersion",
      value: textAt(live, "metadata", "resourceVersion") ?? "",
    },
    ...ordered.map((path) => ({ op: "remove", path: pointer(path) })),
  ];
}

function pointer(path: readonly PathStep[]): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Removes what an apply left over. @returns the object afterwards */
export async function removeLeftovers(
  cluster: Cluster,
  place: Place,
  live: KubeObject,
  versions: { readonly oldInputs: PropertyMap; readonly inputs: PropertyMap; readonly fieldManager: string },
): Promise<KubeObject> {
  const { oldInputs, inputs, fieldManager } = versions;
  let current: KubeObject | undefined = live;
  for (let attempt = 1; current !== undefined; attempt++) {
    const paths = leftovers(oldInputs, inputs, current, fieldManager);
    if (paths.length === 0) return current;
    try {
      const patch = removalPatch(paths, current);
      return (await cluster.jsonPatch(place, patch, { fieldManager, dryRun: false })).object;
    } catch (error) {
      // A controller wrote the object in between, so the patch's test failed. Read it again.
      const changed = error instanceof ApiError && [409, 422].includes(error.status);
      if (!changed || attempt === 5) throw error;
      current = await cluster.get(place);
    }
  }
  return live;
}
