import * as pulumi from "@pulumi/pulumi";
import type { Image } from "../../../components/core/images.ts";
import { KYVERNO, kyvernoEdges } from "../../../components/kyverno/endpoints.ts";
import { engineWarning } from "../../../components/kyverno/engine.ts";
import { Kyverno } from "../../../components/kyverno/index.ts";
import { SignedImages } from "../../../components/kyverno/signed-images.ts";
import { KNOWN_SIGNERS, type Signer } from "../../../components/kyverno/signers.ts";
import type { Edge } from "../../../components/core/network/endpoint.ts";
import type { Config, ImageName } from "../../feature.ts";
import { chartOf } from "../../schema/chart.ts";
import type { KyvernoConfig } from "./kyverno-schema.ts";

/** The part of a stack's configuration that decides about Kyverno. */
export interface KyvernoStack extends Pick<Config, "profile" | "images"> {
  readonly features: { readonly security: boolean };
  readonly security: {
    readonly engine: "native" | "kyverno";
    readonly policies: { readonly signedImages: "off" | "audit" | "enforce" };
    readonly kyverno: KyvernoConfig;
  };
}

/** Whether the stack installs Kyverno. */
export function usesKyverno({ features, security }: Omit<KyvernoStack, "profile" | "images">): boolean {
  return features.security && security.engine === "kyverno";
}

export function kyvernoEdgesOf(config: KyvernoStack): Edge[] {
  const { kyverno, policies } = config.security;
  // In an existing namespace, a policy for Kyverno's pods could be the first one and would block their other connections.
  if (!usesKyverno(config) || kyverno.namespaceExists) return [];
  return kyvernoEdges(kyverno.namespace, kyverno.apiServer, policies.signedImages !== "off");
}

/** Kyverno, after its namespace and the network policies. Its policies depend on it. */
export function buildKyverno(
  { profile, security: { kyverno } }: KyvernoStack,
  opts: pulumi.ComponentResourceOptions,
): Kyverno {
  const { namespace, namespaceExists, apiServer, registry } = kyverno;
  const warning = engineWarning(kyverno.version);
  if (warning !== undefined) void pulumi.log.warn(warning);
  return new Kyverno(
    KYVERNO,
    {
      namespace,
      ...(namespaceExists ? {} : { apiServer }),
      chart: chartOf(kyverno),
      ...(registry === undefined ? {} : { registry }),
      highAvailability: profile === "prod",
    },
    opts,
  );
}

/** The arguments from the platform for the policies of signed images. */
export interface SignedImagesUpstream {
  /** The images that the stack runs, by their names. */
  readonly images: Readonly<Partial<Record<ImageName, Image>>>;
  /** The namespaces of the images. */
  readonly namespaces: readonly string[];
}

/** The policies of signed images, after Kyverno (`dependsOn`). Undefined if they are off. */
export function buildSignedImages(
  config: KyvernoStack,
  { images, namespaces }: SignedImagesUpstream,
  opts: pulumi.ComponentResourceOptions,
): SignedImages | undefined {
  const action = config.security.policies.signedImages;
  if (!usesKyverno(config) || action === "off") return undefined;
  const signed = (Object.entries(images) as [ImageName, Image][]).flatMap(([name, image]) => {
    const signer = signerOf(config, name);
    return signer === undefined ? [] : [{ name, image, signer }];
  });
  return new SignedImages("signed-images", { images: signed, namespaces, action }, opts);
}

/** The required signer of an image: the configured one, or else the known one, or else none. */
export function signerOf({ security: { kyverno } }: KyvernoStack, name: ImageName): Signer | undefined {
  const { publicKey, issuer, subject, subjectRegExp } = kyverno.signers[name] ?? {};
  if (publicKey !== undefined) return { key: publicKey };
  if (issuer === undefined) return KNOWN_SIGNERS[name]?.signer;
  return subject === undefined ? { issuer, subjectRegExp: subjectRegExp ?? "" } : { issuer, subject };
}
