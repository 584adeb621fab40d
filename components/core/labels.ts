/** `app.kubernetes.io/part-of` of every object of the platform, for `kubectl get -l` and the clean-up check. */
export const PART_OF = "llm-platform";

/** Labels of one workload: the selector of its controller, its Service and its NetworkPolicies. */
export type WorkloadLabels = Readonly<{
  "app.kubernetes.io/name": string;
  "app.kubernetes.io/component": string;
}>;

/**
 * Labels of one workload of an application. Each pair is unique in its namespace, so that a selector matches the
 * pods of one workload only.
 */
export function workloadLabels(application: string, role: string): WorkloadLabels {
  return { "app.kubernetes.io/name": application, "app.kubernetes.io/component": role };
}

/** Labels of an object, including those of its workload. */
export function objectLabels(application: string, role?: string): Record<string, string> {
  return {
    ...(role === undefined ? { "app.kubernetes.io/name": application } : workloadLabels(application, role)),
    "app.kubernetes.io/part-of": PART_OF,
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

/**
 * Label, with the value `true`, of the namespaces whose GPU workloads wait in a Kueue queue. Kueue's webhooks and
 * the policy that requires a queue must select by the same label (docs/references.md#kueue-objects).
 */
export const KUEUE_MANAGED = "llm-platform/kueue-managed";

/**
 * Label of every namespace that the platform creates, with its role. Admission policies select by it and protect
 * it.
 */
export const NAMESPACE_ROLE = "llm-platform/namespace";
export type NamespaceRole = "platform" | "tenant";

/** Label of a tenant's namespace, with the name of the tenant. */
export const TENANT = "llm-platform/tenant";
