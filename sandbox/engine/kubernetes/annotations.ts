import type { PropertyMap } from "../shared/property-values.ts";
import { textInput } from "./inputs.ts";

/** The `pulumi.com/…` annotations of the official provider. They are part of the object, as with the official one. */
export type Annotation =
  | "autonamed"
  | "skipAwait"
  | "waitFor"
  | "timeoutSeconds"
  | "patchForce"
  | "deletionPropagationPolicy"
  | "replaceUnready";

export function annotation(inputs: PropertyMap, name: Annotation): string | undefined {
  return textInput(inputs, "metadata", "annotations", `pulumi.com/${name}`);
}

export function isSet(inputs: PropertyMap, name: Annotation): boolean {
  return annotation(inputs, name)?.toLowerCase() === "true";
}

/** From customTimeouts, or else the annotation, or else the default of the kind. */
export function timeoutSecondsOf(inputs: PropertyMap, custom: number | undefined, ofTheKind: number): number {
  if (custom !== undefined) return custom;
  const text = annotation(inputs, "timeoutSeconds");
  if (text === undefined) return ofTheKind;
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds <= 0) {
    throw new Error(
      `the annotation pulumi.com/timeoutSeconds is ${JSON.stringify(text)}: it must be a whole number of seconds`,
    );
  }
  return seconds;
}
