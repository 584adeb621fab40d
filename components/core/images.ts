import { isExactTag } from "./tags.ts";

/** A container image by exact version and, once resolved in a registry, by digest. */
export interface Image {
  readonly repository: string;
  /** An exact version, never a moving tag. */
  readonly tag: string;
  /** `sha256:…`; absent until the tag has been resolved in a registry. */
  readonly digest?: string;
}

/**
 * The image of every workload. No digest is resolved yet (`make pin-images`). The comments name the releases that
 * the tags come from.
 */
export const IMAGES = {
  // The Debian variant runs as uid 999. Same minor release as the CloudNativePG image below.
  postgres: { repository: "docker.io/library/postgres", tag: "18.6" },
  // PostgreSQL 18.6 with pgvector, based on the image above, for consumers that need it:
  // https://hub.docker.com/r/pgvector/pgvector
  postgresVector: { repository: "docker.io/pgvector/pgvector", tag: "0.8.6-pg18-trixie" },
  // CloudNativePG's image; the `standard` type contains pgvector (docs/references.md#cloudnativepg-versions). The
  // tag is rebuilt every week, so prod needs the digest.
  postgresCluster: { repository: "ghcr.io/cloudnative-pg/postgresql", tag: "18.6-standard-trixie" },
  // The image that chart cloudnative-pg 0.29.0 installs: releases/cnpg-1.30.0.yaml in
  // cloudnative-pg/cloudnative-pg.
  postgresOperator: { repository: "ghcr.io/cloudnative-pg/cloudnative-pg", tag: "1.30.0" },
  // The Debian variant runs as uid 999. The start script needs its shell and sha256sum. The 8.1 line, because the
  // tests run its server: https://valkey.io/download/releases/v8-1-11/
  redis: { repository: "docker.io/valkey/valkey", tag: "8.1.11" },
  // The registry of the etcd project: https://github.com/etcd-io/etcd/releases/tag/v3.6.16. Without a shell since
  // 3.5.7.
  etcd: { repository: "gcr.io/etcd-development/etcd", tag: "v3.6.16" },
  // For scripts of Jobs that need no application image. Python 3.14.7: python.org, 2026-08-05.
  python: { repository: "docker.io/library/python", tag: "3.14.7-slim-bookworm" },
  // LTS line, non-root variant: https://newreleases.io/project/github/BerriAI/litellm/release/v1.108.11. LiteLLM
  // below 1.84 has known vulnerabilities (docs/references.md#litellm-releases).
  litellm: { repository: "ghcr.io/berriai/litellm-non_root", tag: "v1.108.11" },
  // The image without a suffix has no shell: nats-io/nats-docker, 2.15.x/alpine3.22/Dockerfile.
  nats: { repository: "docker.io/library/nats", tag: "2.15.0-alpine" },
  // The images that chart connect 2.4.1 names: charts/connect/{values,Chart}.yaml in 1Password/connect-helm-charts.
  onepasswordOperator: { repository: "docker.io/1password/onepassword-operator", tag: "1.12.0" },
  onepasswordConnectApi: { repository: "docker.io/1password/connect-api", tag: "1.8.2" },
  onepasswordConnectSync: { repository: "docker.io/1password/connect-sync", tag: "1.8.2" },
  // Non-root and without a shell: arizephoenix/phoenix on Docker Hub has `version-<release>-nonroot` for each
  // release. 20.26.1 is the newest release on PyPI (arize-phoenix).
  phoenix: { repository: "docker.io/arizephoenix/phoenix", tag: "version-20.26.1-nonroot" },
  // Without models and machine learning libraries: each release since 0.11.4 has a `-slim` image. 0.12.4 is the
  // newest release on PyPI (open-webui, 2026-10-25). That its slim image exists is not verified.
  openWebui: { repository: "ghcr.io/open-webui/open-webui", tag: "v0.12.4-slim" },
} as const satisfies Record<string, Image>;

/**
 * Parses a whole image reference: host, path, tag, and an optional digest. Rejects moving tags (`latest`, `18`,
 * `main-stable`).
 * @returns undefined if the text is no such reference.
 */
export function parseImage(reference: string): Image | undefined {
  const found = REFERENCE.exec(reference)?.groups;
  const { repository, tag, digest } = found ?? {};
  if (repository === undefined || tag === undefined || !isExactTag(tag)) return undefined;
  return { repository, tag, ...(digest === undefined ? {} : { digest }) };
}

/**
 * Parses a whole image reference.
 * @throws Error if the text is no such reference.
 */
export function imageNamed(reference: string): Image {
  const image = parseImage(reference);
  if (image === undefined) throw new Error(`${reference} is no reference to an image`);
  return image;
}

const HOST = String.raw`(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:\d))(?::\d+)?`;
const PATH = String.raw`(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+`;
const REFERENCE = new RegExp(
  String.raw`^(?<repository>${HOST}${PATH}):(?<tag>\w[\w.-]{0,127})(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
);

/** `repository:tag`, with `@digest` if it is known. */
export function imageReference(image: Image): string {
  return `${image.repository}:${image.tag}${image.digest === undefined ? "" : `@${image.digest}`}`;
}
