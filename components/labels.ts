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
