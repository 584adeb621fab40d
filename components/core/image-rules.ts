import { type Image, imageReference } from "./images.ts";
import { type Version, versionOf } from "./tags.ts";

/**
 * The oldest allowed versions, by image name. LiteLLM below 1.84 has known vulnerabilities, and 1.82.7 and 1.82.8
 * were malicious (docs/references.md#litellm-releases).
 */
export const OLDEST = { litellm: [1, 84] } as const satisfies Record<string, Version>;

/**
 * Why an image must not run, in any registry; undefined if it may.
 * @param name the name in `IMAGES` and in the configuration
 */
export function imageProblem(name: string, image: Image): string | undefined {
  const oldest = (OLDEST as Readonly<Record<string, Version>>)[name];
  if (oldest === undefined || !isOlder(image.tag, oldest)) return undefined;
  return `is below ${name} ${oldest.join(".")}: older releases have known vulnerabilities, and two of them are malicious`;
}

/**
 * Images without a digest, as `name (reference)`, sorted. A user who can push to the registry can replace them.
 * `make pin-images` resolves the digests.
 */
export function unpinnedImages(images: Readonly<Record<string, Image>>): string[] {
  return Object.entries(images)
    .filter(([, { digest }]) => digest === undefined)
    .map(([name, image]) => `${name} (${imageReference(image)})`)
    .sort();
}

/** A tag without a version counts as older. */
function isOlder(tag: string, [oldestMajor, oldestMinor]: Version): boolean {
  const version = versionOf(tag);
  if (version === undefined) return true;
  const [major, minor] = version;
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
