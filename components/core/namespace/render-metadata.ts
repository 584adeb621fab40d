import { NAMESPACE_ROLE, objectLabels } from "../labels.ts";
import type { NamespaceArgs } from "./args.ts";

/** What every label of Pod Security begins with. */
export const POD_SECURITY = "pod-security.kubernetes.io/";
/** Where a namespace says why it enforces less than `restricted`. */
export const POD_SECURITY_REASON = "llm-platform/pod-security-reason";

/**
 * Name, labels and annotations of a namespace.
 *
 * No `-version` labels: the profile is that of the API server. A pinned one would go on letting through what a later
 * profile has learnt to refuse; and our own pods keep to the whole of `restricted`, so an upgrade refuses none of them.
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
      // Whatever is allowed is still told: the exception is for one thing, and every pod of the namespace has it.
      [`${POD_SECURITY}audit`]: "restricted",
      [`${POD_SECURITY}warn`]: "restricted",
    },
    ...(exception === undefined ? {} : { annotations: { [POD_SECURITY_REASON]: exception.reason } }),
  };
}
