/** `app.kubernetes.io/part-of` of every object of the platform: what `kubectl get -l` and the clean-up check select. */
export const PART_OF = "llm-platform";

/** Labels that name one workload: the selectors of its controller, its Service and its NetworkPolicies. */
export type WorkloadLabels = Readonly<{
  "app.kubernetes.io/name": string;
  "app.kubernetes.io/component": string;
}>;

/**
 * Labels of one workload of an application. No two workloads of a namespace share a pair, so a selector never
 * reaches another workload's pods.
 */
export function workloadLabels(application: string, role: string): WorkloadLabels {
  return { "app.kubernetes.io/name": application, "app.kubernetes.io/component": role };
}

/** Labels of an object, those of its workload included. */
export function objectLabels(application: string, role?: string): Record<string, string> {
  return {
    ...(role === undefined ? { "app.kubernetes.io/name": application } : workloadLabels(application, role)),
    "app.kubernetes.io/part-of": PART_OF,
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

/**
 * Label of the namespaces whose GPU workloads wait in a queue of Kueue (S4.4), with the value `true`. Kueue's own webhooks
 * and the policy that asks for a queue select by it.
 */
export const KUEUE_MANAGED = "llm-platform/kueue-managed";

/** Label of every namespace that the platform makes, and whose it is. Admission policies select by it and keep it there. */
export const NAMESPACE_ROLE = "llm-platform/namespace";
export type NamespaceRole = "platform" | "tenant";

/** Label of a tenant's namespace: the tenant's name. */
export const TENANT = "llm-platform/tenant";
