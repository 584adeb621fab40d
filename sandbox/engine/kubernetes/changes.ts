import { isPropertyList, isPropertyMap, Secret } from "../shared/property-values.ts";
import type { PropertyMap, PropertyValue } from "../shared/property-values.ts";
import type { PathStep } from "./paths.ts";

export interface Change {
  readonly path: readonly PathStep[];
  readonly kind: "add" | "delete" | "update";
}

/** The differences between two versions of a resource's inputs. A value that becomes secret is a change, for the state. */
export function changesBetween(oldInputs: PropertyMap, inputs: PropertyMap): Change[] {
  return [...compare([], oldInputs, inputs, { old: false, new: false })];
}

interface Secrecy {
  readonly old: boolean;
  readonly new: boolean;
}

function* compare(
  path: readonly PathStep[],
  oldValue: PropertyValue,
  newValue: PropertyValue,
  secrecy: Secrecy,
): Generator<Change> {
  if (oldValue instanceof Secret) {
    yield* compare(path, oldValue.value, newValue, { ...secrecy, old: true });
  } else if (newValue instanceof Secret) {
    yield* compare(path, oldValue, newValue.value, { ...secrecy, new: true });
  } else if (isMissing(oldValue) || isMissing(newValue)) {
    if (isMissing(oldValue) && isMissing(newValue)) return;
    yield { path, kind: isMissing(oldValue) ? "add" : "delete" };
  } else if (isPropertyMap(oldValue) && isPropertyMap(newValue)) {
    for (const key of new Set([...Object.keys(oldValue), ...Object.keys(newValue)])) {
      yield* compare([...path, key], oldValue[key], newValue[key], secrecy);
    }
  } else if (isPropertyList(oldValue) && isPropertyList(newValue)) {
    for (let index = 0; index < Math.max(oldValue.length, newValue.length); index++) {
      yield* compare([...path, index], oldValue[index], newValue[index], secrecy);
    }
  } else if (oldValue !== newValue || (secrecy.new && !secrecy.old)) {
    yield { path, kind: "update" };
  }
}

/** Kubernetes treats null and an absent field alike. */
function isMissing(value: PropertyValue): boolean {
  return value === undefined || value === null;
}
