// The pods that a policy or one of its peers selects.
import type { ClusterState, KnownPod, Labels, Peer, Policy, Selector } from "./objects.ts";

/** An empty selector matches everything. */
export function matches(selector: Selector, labels: Labels): boolean {
  const byLabel = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  const byExpression = (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    switch (operator) {
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
    }
  });
  return byLabel && byExpression;
}

export function selectedPods(policy: Policy, { pods }: ClusterState): KnownPod[] {
  const { namespace } = policy.metadata;
  return pods.filter(
    (pod) => pod.namespace === namespace && matches(policy.spec.podSelector ?? {}, pod.labels),
  );
}

/** Without a namespace selector, a peer's pods are those of the policy's own namespace. */
export function peerPods(
  peer: Peer,
  policyNamespace: string,
  { pods, namespaces }: ClusterState,
): KnownPod[] {
  const { podSelector, namespaceSelector } = peer;
  if (podSelector === undefined && namespaceSelector === undefined) return [];
  return pods.filter((pod) => {
    const namespaceLabels = namespaces.get(pod.namespace);
    const inNamespace =
      namespaceSelector === undefined
        ? pod.namespace === policyNamespace
        : namespaceLabels !== undefined && matches(namespaceSelector, namespaceLabels);
    return inNamespace && matches(podSelector ?? {}, pod.labels);
  });
}
