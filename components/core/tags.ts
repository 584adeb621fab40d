// What the tag of an image says. The configuration and the admission policies share these patterns, so they are
// written in the syntax that RE2 (CEL) and JavaScript have in common.

/** A version begins with two numbers, perhaps after `v` or `version-`: `18.6`, `v1.108.11`. */
const NUMBERS = "[0-9]{1,9}[.][0-9]{1,9}";
/** The first two numbers of the version that a tag begins with. */
export const TAG_VERSION = { tag: `(v|version-)?${NUMBERS}`, numbers: NUMBERS } as const;
/** A whole tag that begins with a version: `3.6.16-alpine`, `version-20.26.1-nonroot`. */
export const VERSION_TAG = "(v|version-)?[0-9]{1,9}([.][0-9]{1,9})+([-._][A-Za-z0-9]+)*";

/** Words in tags that registries move between versions, in any case. */
export const MOVING_WORDS = [
  "latest",
  "stable",
  "unstable",
  "main",
  "master",
  "head",
  "edge",
  "canary",
  "nightly",
  "snapshot",
  "dev",
  "rolling",
  "lts",
] as const;
/** One of these words, and not as a part of another word. */
export const MOVING_TAG = `(^|[^A-Za-z])(?i:${MOVING_WORDS.join("|")})([^A-Za-z]|$)`;

const IS_VERSION = new RegExp(`^${VERSION_TAG}$`);
const IS_MOVING = new RegExp(MOVING_TAG);
const VERSION = new RegExp(`^${TAG_VERSION.tag}`);

export type Version = readonly [major: number, minor: number];

/** Whether a tag names one release: it begins with a version and has no word that registries move. */
export function isExactTag(tag: string): boolean {
  return IS_VERSION.test(tag) && !IS_MOVING.test(tag);
}

/** The version that a tag begins with; undefined if it begins with something else. */
export function versionOf(tag: string): Version | undefined {
  const [, major, minor] = /(\d+)[.](\d+)/.exec(VERSION.exec(tag)?.[0] ?? "") ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}
