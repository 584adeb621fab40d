import { isPropertyList, isPropertyMap, Secret } from "../shared/property-values.ts";
import type { PropertyMap, PropertyValue } from "../shared/property-values.ts";

/** Shorter values would also match other words, and are too short for a secret. */
const SHORTEST = 3;

/**
 * Removes secret values from a message, because the API server quotes rejected values (`Invalid value: "…"`). Finds each
 * secret text as plain text, as base64, decoded from base64, and escaped as in JSON.
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
