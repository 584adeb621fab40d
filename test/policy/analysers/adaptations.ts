// What both analysers need, in places where they do not do as Kubernetes does.
import type {
  ClusterState,
  Labels,
  Peer,
  Policy,
  Selector,
} from "../../../sandbox/live/network-policy/objects.ts";

/** As the API server stores policies (pkg/apis/networking/v1/defaults.go): the types are always written out. */
export const withPolicyTypes = (cluster: ClusterState): ClusterState => ({
  ...cluster,
  policies: cluster.policies.map((policy) => {
    const { policyTypes = [], egress = [] } = policy.spec;
    if (policyTypes.length > 0) return policy;
    const types = ["Ingress" as const, ...(egress.length > 0 ? ["Egress" as const] : [])];
    return { ...policy, spec: { ...policy.spec, policyTypes: types } };
  }),
});

/** A label with an empty value is there (apimachinery pkg/labels/selector.go): the value gets a name. */
export function withoutEmptyValues(cluster: ClusterState): ClusterState {
  const named = (value: string): string => (value === "" ? "empty-value" : value);
  const all = (labels: Labels): Labels =>
    Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, named(value)]));
  const rename = (selector: Selector): Selector => ({
    ...selector,
    ...(selector.matchLabels && { matchLabels: all(selector.matchLabels) }),
    ...(selector.matchExpressions && {
      matchExpressions: selector.matchExpressions.map((requirement) => ({
        ...requirement,
        ...(requirement.values && { values: requirement.values.map(named) }),
      })),
    }),
  });
  return {
    policies: cluster.policies.map((policy) => mapSelectors(policy, rename)),
    ...mapLabels(cluster, all),
  };
}

/** The pods and namespaces of a cluster, each with a label more for every key. */
export const withLabels = (
  cluster: ClusterState,
  keys: ReadonlySet<string>,
  labelFor: (key: string, labels: Labels) => readonly [key: string, value: string],
) =>
  mapLabels(cluster, (labels) => ({
    ...labels,
    ...Object.fromEntries([...keys].map((key) => labelFor(key, labels))),
  }));

const mapLabels = ({ pods, namespaces }: ClusterState, map: (labels: Labels) => Labels) => ({
  pods: pods.map((pod) => ({ ...pod, labels: map(pod.labels) })),
  namespaces: new Map([...namespaces].map(([name, labels]) => [name, map(labels)])),
});

/** Every selector of a policy, its own and those of its peers. */
export function mapSelectors(policy: Policy, map: (selector: Selector) => Selector): Policy {
  const { spec } = withPeers(policy, ({ podSelector, namespaceSelector, ...rest }) => [
    {
      ...rest,
      ...(podSelector && { podSelector: map(podSelector) }),
      ...(namespaceSelector && { namespaceSelector: map(namespaceSelector) }),
    },
  ]);
  return { ...policy, spec: { ...spec, ...(spec.podSelector && { podSelector: map(spec.podSelector) }) } };
}

/** Every peer of a policy, or what stands for it. */
export function withPeers(policy: Policy, map: (peer: Peer) => readonly Peer[]): Policy {
  const { ingress, egress } = policy.spec;
  return {
    ...policy,
    spec: {
      ...policy.spec,
      ...(ingress && {
        ingress: ingress.map((rule) => ({ ...rule, ...(rule.from && { from: rule.from.flatMap(map) }) })),
      }),
      ...(egress && {
        egress: egress.map((rule) => ({ ...rule, ...(rule.to && { to: rule.to.flatMap(map) }) })),
      }),
    },
  };
}
