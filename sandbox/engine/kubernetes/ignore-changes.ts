import { isMap } from "../../kubernetes/json.ts";
import type { Json, KubeObject } from "../../kubernetes/json.ts";
import { parsePath } from "./paths.ts";
import type { PathStep } from "./paths.ts";

/**
 * A field in ignoreChanges keeps its value in the cluster. The engine writes the last known value into the inputs, and
 * applying it would undo later changes of the field's owner, such as an autoscaler.
 */
export function keepIgnored(
  object: KubeObject,
  live: KubeObject,
  ignoreChanges: readonly string[],
): KubeObject {
  return ignoreChanges.reduce<KubeObject>(
    (result, path) => keep(result, live, parsePath(path)) as KubeObject,
    object,
  );
}

function keep(wanted: Json, live: Json | undefined, path: readonly PathStep[]): Json {
  const [step, ...rest] = path;
  if (live === undefined) return wanted;
  if (step === undefined) return live;
  if (isMap(wanted) && isMap(live)) {
    const keys =
      step === "*" ? Object.keys(wanted) : [String(step)].filter((key) => wanted[key] !== undefined);
    const kept = keys.map((key) => [key, keep(wanted[key] ?? null, live[key], rest)] as const);
    return { ...wanted, ...Object.fromEntries(kept) };
  }
  if (Array.isArray(wanted) && Array.isArray(live)) {
    return wanted.map((element, index) =>
      step === "*" || step === index ? keep(element, counterpart(element, index, live), rest) : element,
    );
  }
  return wanted;
}

/** Elements with names can have another index in the live list. */
function counterpart(element: Json, index: number, live: Json[]): Json | undefined {
  if (!isMap(element) || element["name"] === undefined) return live[index];
  return live.find((candidate) => isMap(candidate) && candidate["name"] === element["name"]);
}
