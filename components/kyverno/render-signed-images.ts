import type { Image } from "../core/images.ts";
import { objectLabels } from "../core/labels.ts";
import { POLICY_API_VERSION } from "./engine.ts";
import type { Signer } from "./signers.ts";

/** What happens to a pod whose image was not signed as told: it is reported, or refused. */
export type PolicyAction = "audit" | "enforce";

export interface SignedImage {
  /** What the platform calls it. */
  readonly name: string;
  readonly image: Pick<Image, "repository">;
  readonly signer: Signer;
}

/** One check asks a registry some forty questions, one after the other, and took 10 s where somebody measured it. */
const TIMEOUT_SECONDS = 30;
/** Every list that a pod has containers in. Ephemeral ones run any image, too. */
const CONTAINER_LISTS = ["containers", "initContainers", "ephemeralContainers"] as const;

/**
 * The policy that one image runs in these namespaces only as its publisher signed it. Kyverno looks at pods alone: what
 * makes them cannot make one that is refused.
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
      // What runs was looked at when it came; to look again would ask the registry every hour.
      evaluation: { background: { enabled: false } },
      matchConstraints: {
        // Set by the API server itself, so nobody can label a namespace out of this policy.
        namespaceSelector: {
          matchExpressions: [
            { key: "kubernetes.io/metadata.name", operator: "In", values: [...namespaces].sort() },
          ],
        },
        resourceRules: [rule(["CREATE"], "pods"), rule(["UPDATE"], "pods/ephemeralcontainers")],
      },
      // With a tag and with a digest; without either, `repository-of-others` would match as well.
      matchImageReferences: [":*", "@*"].map((end) => ({ glob: `${image.repository}${end}` })),
      // A reference that were changed on its way would be drift for ever. What a tag is when the node pulls it is the
      // affair of the policy that wants digests.
      validationConfigurations: { mutateDigest: false, verifyDigest: false, required: true },
      attestors: [{ name: "publisher", cosign: renderSigner(signer) }],
      validations: [
        {
          expression: CONTAINER_LISTS.map(
            (list) =>
              `images.?${list}.orValue([]).all(image, verifyImageSignatures(image, [attestors.publisher]) > 0)`,
          ).join(" && "),
          message: `${image.repository} runs only as its publisher signed it, and no such signature was found (or the registry could not be asked): see docs/kyverno.md.`,
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
  // Named in both forms: Kyverno before 1.19 asks for it even where it is not to look there.
  const url = "https://rekor.sigstore.dev";
  if ("key" in signer) {
    // Whoever signs with a key of their own need not have told the public log of it: the key itself is the proof.
    return { key: { data: signer.key }, ctlog: { url, insecureIgnoreTlog: true } };
  }
  return { keyless: { identities: [signer] }, ctlog: { url } };
}
