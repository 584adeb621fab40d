import type { IMAGES } from "../core/images.ts";

export type ImageName = keyof typeof IMAGES;

/** The required signer of an image, with cosign. */
export type Signer =
  | {
      /** The public key in PEM format. */
      readonly key: string;
    }
  | {
      /** The OIDC issuer that vouches for the identity of the signer. */
      readonly issuer: string;
      /** The exact identity. */
      readonly subject: string;
    }
  | {
      readonly issuer: string;
      /** A regular expression (RE2) for the identity. */
      readonly subjectRegExp: string;
    };

/** The signer of one version, as documented by its publisher. */
export interface KnownSigner {
  /** The version that was looked up. Other versions may be signed differently. */
  readonly tag: string;
  readonly signer: Signer;
}

const GITHUB = "https://token.actions.githubusercontent.com";

/**
 * The images whose publishers document their signatures. Nothing is assumed about other images: a signature is
 * required once the configuration names a signer.
 *
 * LiteLLM had two keys, and none since 2026-11-15: 1.108.9 was signed with the second key, 1.108.10 and newer are
 * signed with the identity of the release workflow (https://github.com/BerriAI/litellm/discussions/48242, and the
 * notes of each release).
 */
export const KNOWN_SIGNERS: Readonly<Partial<Record<ImageName, KnownSigner>>> = {
  // https://newreleases.io/project/github/BerriAI/litellm/release/v1.108.11. The same applies to litellm-non_root.
  litellm: {
    tag: "v1.108.11",
    signer: {
      issuer: GITHUB,
      subject: "https://github.com/BerriAI/project-releaser/.github/workflows/release.yml@refs/heads/main",
    },
  },
  // https://cloudnative-pg.io/docs/1.30/security, section "Signatures".
  postgresOperator: {
    tag: "1.30.0",
    signer: { issuer: GITHUB, subjectRegExp: "^https://github.com/cloudnative-pg/cloudnative-pg/" },
  },
  // README of cloudnative-pg/postgres-containers, section "Image Signatures".
  postgresCluster: {
    tag: "18.6-standard-trixie",
    signer: {
      issuer: GITHUB,
      subjectRegExp: "^https://github.com/cloudnative-pg/postgres-containers/.github/workflows/",
    },
  },
};
