/** The parts of a type token: `kubernetes:apps/v1:Deployment`, `kubernetes:core/v1:Pod`, `kubernetes:example.com/v1:Thing`. */
export interface ResourceType {
  readonly apiVersion: string;
  readonly kind: string;
}

export const RELEASE_TYPE = "kubernetes:helm.sh/v3:Release";

/** Types of the SDK that are not objects of the cluster. The provider would have to render manifests. */
const RENDERED = /^kubernetes:(helm\.sh\/v\d|yaml|yaml\/v2|kustomize|kustomize\/v2):/;

export function parseType(token: string): ResourceType {
  if (RENDERED.test(token)) {
    throw new Error(
      `the stand-in provider does not support ${token}: it would have to render manifests; ` +
        "declare the objects one by one, or use helm.v3.Release",
    );
  }
  const [pulumiPackage, groupVersion, kind, ...rest] = token.split(":");
  if (pulumiPackage !== "kubernetes" || !groupVersion || !kind || rest.length > 0) {
    throw new Error(`${token} is not a type of the kubernetes package`);
  }
  // The SDK gives the core group a name; everywhere else the token has the group in full.
  return { apiVersion: groupVersion.replace(/^core\//, ""), kind };
}
