/** A container image by exact version and, once it has been resolved in a registry, by digest. */
export interface Image {
  readonly repository: string;
  /** An exact version; never a tag that moves. */
  readonly tag: string;
  /** `sha256:…`; absent until somebody has resolved the tag in a registry. Never invented. */
  readonly digest?: string;
}

/**
 * The image of every workload. Registries cannot be reached from where this was written, so no digest is known
 * yet; the sources of the tags are the releases that the comments name.
 */
export const IMAGES = {
  // The Debian variant runs as uid 999. 18.6 is the minor release that CloudNativePG 1.30 defaults to.
  postgres: { repository: "docker.io/library/postgres", tag: "18.6" },
  // LTS line, non-root variant: https://newreleases.io/project/github/BerriAI/litellm/release/v1.108.11.
  // Below 1.84 there are known holes, and 1.82.7 and 1.82.8 were malicious on PyPI (S0.28; BerriAI/litellm#24512).
  litellm: { repository: "ghcr.io/berriai/litellm-non_root", tag: "v1.108.11" },
} as const satisfies Record<string, Image>;

/**
 * The image that a whole reference names: host, path, tag, perhaps a digest. A tag that moves (`latest`, `18`,
 * `main-stable`) is refused: it names no version.
 * @returns undefined when the text is no such reference.
 */
export function parseImage(reference: string): Image | undefined {
  const found = REFERENCE.exec(reference)?.groups;
  const { repository, tag, digest } = found ?? {};
  if (repository === undefined || tag === undefined || !EXACT_TAG.test(tag)) return undefined;
  return { repository, tag, ...(digest === undefined ? {} : { digest }) };
}

/** At least two numbers: `18.6`, `v1.108.11`, `3.6.16-alpine`. */
const EXACT_TAG = /^v?\d+(\.\d+)+([-.][a-z0-9]+)*$/;
const HOST = String.raw`(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:\d))(?::\d+)?`;
const PATH = String.raw`(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+`;
const REFERENCE = new RegExp(
  String.raw`^(?<repository>${HOST}${PATH}):(?<tag>\w[\w.-]{0,127})(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
);

/** `repository:tag`, and `@digest` where it is known. */
export function imageReference(image: Image): string {
  return `${image.repository}:${image.tag}${image.digest === undefined ? "" : `@${image.digest}`}`;
}
