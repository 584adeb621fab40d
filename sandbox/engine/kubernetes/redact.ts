import { isPropertyList, isPropertyMap, Secret } from "../shared/property-values.ts";
import type { PropertyMap, PropertyValue } from "../shared/property-values.ts";

/** Shorter values would blot out innocent words, and are no secret worth the name. */
const SHORTEST = 3;

/**
 * Takes secret values out of a message: the API server quotes what it refuses (`Invalid value: "…"`). Knows each
 * secret text as it is, as base64 and decoded from base64, and as it looks inside JSON.
 */
export function redactor(...maps: readonly PropertyMap[]): (message: string) => string {
  const texts = new Set<string>();
  for (const map of maps) collect(map, false, texts);
  const hidden = [...texts].filter((text) => text.length >= SHORTEST).sort((a, b) => b.length - a.length);
  return (message) => hidden.reduce((result, text) => result.replaceAll(text, "[secret]"), message);
}

function collect(value: PropertyValue, secret: boolean, into: Set<string>): void {
  if (value instanceof Secret) collect(value.value, true, into);
  else if (isPropertyList(value)) for (const child of value) collect(child, secret, into);
  else if (isPropertyMap(value)) for (const child of Object.values(value)) collect(child, secret, into);
  else if (secret && (typeof value === "string" || typeof value === "number")) {
    for (const text of spellings(String(value))) into.add(text);
  }
}

function spellings(text: string): string[] {
  const decoded = Buffer.from(text, "base64").toString("utf8");
  const isBase64 = Buffer.from(decoded).toString("base64") === text;
  const forms = [text, Buffer.from(text).toString("base64"), ...(isBase64 ? [decoded] : [])];
  return forms.flatMap((form) => [form, JSON.stringify(form).slice(1, -1)]);
}
