import { type Image, imageReference } from "./images.ts";

/** Words of tags that registries move from version to version. */
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
 * Versions that nobody may run, by the image's name. LiteLLM: below 1.84 there are known holes, and 1.82.7 and 1.82.8 were
 * malicious (S0.28; BerriAI/litellm#24512).
 */
export const OLDEST = { litellm: [1, 84] } as const satisfies Record<string, Version>;
type Version = readonly [major: number, minor: number];

/**
 * Why an image must not run, whatever registry it comes from; nothing when it may.
 * @param name what `IMAGES` and the configuration call it
 */
export function imageProblem(name: string, image: Image): string | undefined {
  if (MOVING.test(image.tag)) return `has the tag ${image.tag}, which registries move: name an exact version`;
  const oldest = (OLDEST as Readonly<Record<string, Version>>)[name];
  if (oldest === undefined || !isOlder(image.tag, oldest)) return undefined;
  return `is below ${name} ${oldest.join(".")}: known holes, and releases that were malicious`;
}

/**
 * The images that a tag alone names, as `name (reference)`, sorted: whoever can push to the registry decides what they
 * are. `make pin-images` resolves them.
 */
export function unpinnedImages(images: Readonly<Record<string, Image>>): string[] {
  return Object.entries(images)
    .filter(([, { digest }]) => digest === undefined)
    .map(([name, image]) => `${name} (${imageReference(image)})`)
    .sort();
}

/** A tag without a version is not known to be new enough. */
function isOlder(tag: string, [oldestMajor, oldestMinor]: Version): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(tag) ?? [];
  if (major === undefined || minor === undefined) return true;
  return Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor);
}
