import { createHash } from "node:crypto";
import type { PropertyMap } from "../shared/property-values.ts";
import { textInput } from "./inputs.ts";
import { listAt, textAt } from "../../kubernetes/json.ts";
import type { KubeObject } from "../../kubernetes/json.ts";

/**
 * The field manager of the resource. For a new resource it is derived from the URN, so that an object whose creation was
 * interrupted (kill -9 before the state was written) is recognized and adopted. Later it is in the state, because aliases
 * change the URN.
 */
export function fieldManagerOf(urn: string, inputs: PropertyMap, outputs: PropertyMap): string {
  return (
    textInput(inputs, "metadata", "annotations", "pulumi.com/patchFieldManager") ??
    textInput(outputs, "__fieldManager") ??
    `pulumi-kubernetes-${createHash("sha256").update(urn).digest("hex").slice(0, 8)}`
  );
}

export function isAppliedBy(object: KubeObject, fieldManager: string): boolean {
  return listAt(object, "metadata", "managedFields").some(
    (entry) => textAt(entry, "manager") === fieldManager && textAt(entry, "operation") === "Apply",
  );
}
