import { NAMESPACE_ROLE, objectLabels } from "../labels.ts";
import type { NamespaceArgs } from "./args.ts";

/** Prefix of every Pod Security label. */
export const POD_SECURITY = "pod-security.kubernetes.io/";
/** Annotation with the reason why a namespace enforces less than `restricted`. */
const POD_SECURITY_REASON = "llm-platform/pod-security-reason";

/**
 * Name, labels and annotations of a namespace.
 *
 * No `-version` labels, so the API server uses its own version of the profile. A pinned version would not apply
 * rules that later versions add. The platform's pods satisfy all of `restricted`, so an upgrade does not reject
 * them.
 */
export function renderMetadata({
  namespace,
  role = "platform",
  labels,
  podSecurity: exception,
}: NamespaceArgs) {
  return {
    name: namespace,
    labels: {
      ...labels,
      ...objectLabels(namespace),
      [NAMESPACE_ROLE]: role,
      [`${POD_SECURITY}enforce`]: exception?.level ?? "restricted",
      // Violations are still audited: the exception is for one workload, but applies to every pod of the namespace.
      [`${POD_SECURITY}audit`]: "restricted",
      [`${POD_SECURITY}warn`]: "restricted",
    },
    ...(exception === undefined ? {} : { annotations: { [POD_SECURITY_REASON]: exception.reason } }),
  };
}
