import type { IMAGES } from "../core/images.ts";

export type ImageName = keyof typeof IMAGES;

/** Who must have signed an image, with cosign. */
export type Signer =
  | {
      /** The public key, PEM. */
      readonly key: string;
    }
  | {
      /** Who vouches for the signer's identity: an OIDC issuer. */
      readonly issuer: string;
      /** The identity, exactly. */
      readonly subject: string;
    }
  | {
      readonly issuer: string;
      /** A regular expression (RE2) that the identity matches. */
      readonly subjectRegExp: string;
    };

/** The signer of one version, as its publisher tells it. */
export interface KnownSigner {
  /** The version that was looked up: another may have been signed in another way. */
  readonly tag: string;
  readonly signer: Signer;
}

const GITHUB = "https://token.actions.githubusercontent.com";

/**
 * The images of the platform whose publishers tell how they sign. Of the others nothing is known, and nothing is assumed:
 * a signature is asked of them once the configuration names a signer.
 *
 * LiteLLM has had two keys, and none since 2026-11-15: 1.108.9 was signed with the second, 1.108.10 and newer are signed by
 * the identity of its release workflow (github.com/BerriAI/litellm/discussions/48242, and the notes of each release).
 */
export const KNOWN_SIGNERS: Readonly<Partial<Record<ImageName, KnownSigner>>> = {
  // newreleases.io/project/github/BerriAI/litellm/release/v1.108.11: the same for litellm-non_root.
  litellm: {
    tag: "v1.108.11",
    signer: {
      issuer: GITHUB,
      subject: "https://github.com/BerriAI/project-releaser/.github/workflows/release.yml@refs/heads/main",
    },
  },
  // cloudnative-pg.io/docs/1.30/security, "Signatures".
  postgresOperator: {
    tag: "1.30.0",
    signer: { issuer: GITHUB, subjectRegExp: "^https://github.com/cloudnative-pg/cloudnative-pg/" },
  },
  // README of cloudnative-pg/postgres-containers, "Image Signatures".
  postgresCluster: {
    tag: "18.6-standard-trixie",
    signer: {
      issuer: GITHUB,
      subjectRegExp: "^https://github.com/cloudnative-pg/postgres-containers/.github/workflows/",
    },
  },
};
