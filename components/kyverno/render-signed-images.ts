import { IMAGE_PLACES } from "../core/image-places.ts";
import type { Image } from "../core/images.ts";
import { objectLabels } from "../core/labels.ts";
import { POLICY_API_VERSION } from "./engine.ts";
import type { Signer } from "./signers.ts";

/** What happens to a pod whose image lacks the required signature: it is reported or rejected. */
export type PolicyAction = "audit" | "enforce";

export interface SignedImage {
  /** The name of the image in the platform. */
  readonly name: string;
  readonly image: Pick<Image, "repository">;
  readonly signer: Signer;
}

/** One check sends about forty requests to a registry, one after another. It has been measured at 10 s. */
const TIMEOUT_SECONDS = 30;
/** Kyverno finds the images of containers itself. A volume of an image has programs to run as well. */
const VOLUMES = {
  name: "volumes",
  expression:
    "object.spec.?volumes.orValue([]).map(v, v.?image.?reference).filter(i, i.hasValue()).map(i, i.value())",
};

/**
 * Requires the publisher's signature on one image in these namespaces. Kyverno checks pods only: a controller
 * cannot create a pod that is rejected.
 */
export function renderSignedImagePolicy(
  { name, image, signer }: SignedImage,
  namespaces: readonly string[],
  action: PolicyAction,
) {
  return {
    apiVersion: POLICY_API_VERSION,
    kind: "ImageValidatingPolicy",
    metadata: { name: signedImagePolicyName(name), labels: objectLabels("admission") },
    spec: {
      failurePolicy: "Fail",
      validationActions: [action === "enforce" ? "Deny" : "Audit"],
      webhookConfiguration: { timeoutSeconds: TIMEOUT_SECONDS },
      // Running images were checked at admission. A background scan would query the registry every hour.
      evaluation: { background: { enabled: false } },
      matchConstraints: {
        // The API server sets this label, so it cannot be changed to leave the policy.
        namespaceSelector: {
          matchExpressions: [
            { key: "kubernetes.io/metadata.name", operator: "In", values: [...namespaces].sort() },
          ],
        },
        resourceRules: [rule(["CREATE"], "pods"), rule(["UPDATE"], "pods/ephemeralcontainers")],
      },
      // With a tag and with a digest. Without either, `repository-of-others` would match as well.
      matchImageReferences: [":*", "@*"].map((end) => ({ glob: `${image.repository}${end}` })),
      // Changing the reference would be permanent drift. Whether a tag still names the same image is the concern of
      // the policy that requires digests.
      validationConfigurations: { mutateDigest: false, verifyDigest: false, required: true },
      images: [VOLUMES],
      attestors: [{ name: "publisher", cosign: renderSigner(signer) }],
      validations: [
        {
          expression: IMAGE_PLACES.map(
            ({ list }) =>
              `images.?${list}.orValue([]).all(image, verifyImageSignatures(image, [attestors.publisher]) > 0)`,
          ).join(" && "),
          message: `${image.repository} needs a signature of its publisher. Kyverno found none, or could not reach the registry: see docs/kyverno.md.`,
        },
      ],
    },
  };
}

export function signedImagePolicyName(image: string): string {
  return `signed-${image.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function rule(operations: readonly string[], resource: string) {
  return { apiGroups: [""], apiVersions: ["v1"], operations, resources: [resource] };
}

function renderSigner(signer: Signer) {
  // Set in both forms: Kyverno before 1.19 requires the URL even if it must not query the log.
  const url = "https://rekor.sigstore.dev";
  if ("key" in signer) {
    // A publisher that signs with its own key need not use the public log. The key itself is the proof.
    return { key: { data: signer.key }, ctlog: { url, insecureIgnoreTlog: true } };
  }
  return { keyless: { identities: [signer] }, ctlog: { url } };
}
