import { type Image, imageReference } from "./images.ts";

/** Words in tags that registries move between versions. */
export const MOVING_WORDS = [
  "latest",
  "stable",
  "main",
  "master",
  "edge",
  "nightly",
  "dev",
  "rolling",
] as const;
const MOVING = new RegExp(`(^|[^a-z])(${MOVING_WORDS.join("|")})([^a-z]|$)`);

/**
 * The oldest allowed versions, by image name. LiteLLM below 1.84 has known vulnerabilities, and 1.82.7 and 1.82.8
 * were malicious (docs/references.md#litellm-releases).
 */
export const OLDEST = { litellm: [1, 84] } as const satisfies Record<string, Version>;
type Version = readonly [major: number, minor: number];

/**
 * Why an image must not run, in any registry; undefined if it may.
 * @param name the name in `IMAGES` and in the configuration
 */
export function imageProblem(name: string, image: Image): string | undefined {
  if (MOVING.test(image.tag)) return `has the tag ${image.tag}, which registries move: name an exact version`;
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
  const [, major, minor] = /(\d+)\.(\d+)/.exec(tag) ?? [];
  if (major === undefined || minor === undefined) return true;
  return Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor);
}
