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
  // The Debian variant runs as uid 999. The minor release of CloudNativePG's image below.
  postgres: { repository: "docker.io/library/postgres", tag: "18.6" },
  // PostgreSQL 18.6 with pgvector on the image above, for a consumer that asks for it: hub.docker.com/r/pgvector/pgvector.
  postgresVector: { repository: "docker.io/pgvector/pgvector", tag: "0.8.6-pg18-trixie" },
  // CloudNativePG's own, built from cloudnative-pg/postgres-containers; `standard` holds pgvector (apps.md §5). Rebuilt
  // every week under this tag, so prod wants the digest.
  postgresCluster: { repository: "ghcr.io/cloudnative-pg/postgresql", tag: "18.6-standard-trixie" },
  // What chart cloudnative-pg 0.29.0 installs: releases/cnpg-1.30.0.yaml in cloudnative-pg/cloudnative-pg.
  postgresOperator: { repository: "ghcr.io/cloudnative-pg/cloudnative-pg", tag: "1.30.0" },
  // The Debian variant runs as uid 999 and needs a shell and sha256sum: https://valkey.io/download/releases/v9-1-4/
  redis: { repository: "docker.io/valkey/valkey", tag: "9.1.4" },
  // The project's own registry: github.com/etcd-io/etcd/releases/tag/v3.6.16. No shell in it since 3.5.7.
  etcd: { repository: "gcr.io/etcd-development/etcd", tag: "v3.6.16" },
  // Scripts of Jobs that need no application's image. Python 3.14.7: python.org, 2026-08-05.
  python: { repository: "docker.io/library/python", tag: "3.14.7-slim-bookworm" },
  // LTS line, non-root variant: https://newreleases.io/project/github/BerriAI/litellm/release/v1.108.11.
  // Below 1.84 there are known holes, and 1.82.7 and 1.82.8 were malicious on PyPI (S0.28; BerriAI/litellm#24512).
  litellm: { repository: "ghcr.io/berriai/litellm-non_root", tag: "v1.108.11" },
  // With a shell, which the image without suffix lacks: nats-io/nats-docker, 2.15.x/alpine3.22/Dockerfile.
  nats: { repository: "docker.io/library/nats", tag: "2.15.0-alpine" },
  // What chart connect 2.4.1 names: charts/connect/{values,Chart}.yaml in 1Password/connect-helm-charts.
  onepasswordOperator: { repository: "docker.io/1password/onepassword-operator", tag: "1.12.0" },
  onepasswordConnectApi: { repository: "docker.io/1password/connect-api", tag: "1.8.2" },
  onepasswordConnectSync: { repository: "docker.io/1password/connect-sync", tag: "1.8.2" },
  // Not root, no shell: arizephoenix/phoenix on Docker Hub has `version-<release>-nonroot` for each release. 20.26.1 is the
  // newest on PyPI (arize-phoenix).
  phoenix: { repository: "docker.io/arizephoenix/phoenix", tag: "version-20.26.1-nonroot" },
  // Without models and machine learning libraries: `-slim` goes with each release since 0.11.4. 0.12.4 is the newest on
  // PyPI (open-webui), of 2026-10-25; that its slim image is there could not be asked.
  openWebui: { repository: "ghcr.io/open-webui/open-webui", tag: "v0.12.4-slim" },
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

/**
 * The image that a whole reference names.
 * @throws Error when the text is no such reference.
 */
export function imageNamed(reference: string): Image {
  const image = parseImage(reference);
  if (image === undefined) throw new Error(`${reference} is no reference to an image`);
  return image;
}

/** At least two numbers: `18.6`, `v1.108.11`, `3.6.16-alpine`, `version-20.26.1-nonroot`. */
const EXACT_TAG = /^(?:v|version-)?\d+(\.\d+)+([-.][a-z0-9]+)*$/;
const HOST = String.raw`(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:\d))(?::\d+)?`;
const PATH = String.raw`(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+`;
const REFERENCE = new RegExp(
  String.raw`^(?<repository>${HOST}${PATH}):(?<tag>\w[\w.-]{0,127})(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
);

/** `repository:tag`, and `@digest` where it is known. */
export function imageReference(image: Image): string {
  return `${image.repository}:${image.tag}${image.digest === undefined ? "" : `@${image.digest}`}`;
}
