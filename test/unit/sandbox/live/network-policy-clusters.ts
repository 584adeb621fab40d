import fc from "fast-check";
import type {
  ClusterState,
  Peer,
  Policy,
  PolicyPort,
  Protocol,
  Selector,
} from "../../../../sandbox/live/network-policy/objects.ts";

const NAMESPACES = ["red", "green", "blue"] as const;
const PODS = 7;

const pick = fc.constantFrom;
/** Up to two: an empty list means all. */
const few = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 2 });
const optional = { requiredKeys: [] };

const value = pick("a", "b", "c");
const labels = fc.record({ app: value, tier: value }, optional);

const requirement = fc.oneof(
  fc.record({
    key: fc.constant("app"),
    operator: fc.constant("In" as const),
    values: fc.array(value, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ key: fc.constant("app"), operator: fc.constant("NotIn" as const), values: fc.tuple(value) }),
  fc.record({ key: fc.constant("tier"), operator: pick("Exists" as const, "DoesNotExist" as const) }),
);
const selector: fc.Arbitrary<Selector> = fc.record(
  {
    matchLabels: fc.oneof(fc.record({ app: value }), fc.record({ tier: value })),
    matchExpressions: fc.tuple(requirement),
  },
  optional,
);

const block = fc.record({
  cidr: pick("10.244.0.0/24", "10.244.0.0/29", "0.0.0.0/0"),
  except: few(pick("10.244.0.0/30", "10.244.0.4/30", "10.244.0.6/32")),
});
const peer: fc.Arbitrary<Peer> = fc.oneof(
  fc.record({ ipBlock: block }),
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: selector }),
  fc.record({ podSelector: selector, namespaceSelector: selector }),
);

const protocol = pick<Protocol[]>("TCP", "TCP", "UDP", "SCTP");
const port: fc.Arbitrary<PolicyPort> = fc.oneof(
  fc.record({ protocol, port: pick(80, 81, 443) }),
  fc.record({ port: pick("web", "admin") }),
  fc.record({ protocol, port: fc.constant(80), endPort: pick(81, 443) }),
  fc.record({ protocol }),
);

const rules = {
  ingress: few(fc.record({ from: few(peer), ports: few(port) })),
  egress: few(fc.record({ to: few(peer), ports: few(port) })),
};
const types = <T extends Policy["spec"]["policyTypes"]>(policyTypes: T) => fc.constant(policyTypes);
const spec: fc.Arbitrary<Policy["spec"]> = fc.oneof(
  fc.record({ podSelector: selector, policyTypes: types(["Ingress"]), ingress: rules.ingress }),
  fc.record({ podSelector: selector, policyTypes: types(["Egress"]), egress: rules.egress }),
  fc.record({ podSelector: selector, policyTypes: types(["Ingress", "Egress"]), ...rules }),
);

const ports = fc
  .tuple(pick(80, 81), fc.boolean())
  .map(([web, admin]) => [
    { name: "web", containerPort: web },
    ...(admin ? [{ name: "admin", containerPort: 443 }] : []),
  ]);
const pods = fc
  .array(fc.record({ namespace: pick(...NAMESPACES), labels, ports }), { minLength: PODS, maxLength: PODS })
  .map((each) =>
    each.map((pod, index) => ({ ...pod, name: `pod-${index}`, address: `10.244.0.${index + 2}` })),
  );

const policies = fc
  .array(fc.record({ namespace: pick(...NAMESPACES), spec }), { minLength: 1, maxLength: 4 })
  .map((each) =>
    each.map((policy, index) => ({
      metadata: { name: `policy-${index}`, namespace: policy.namespace },
      spec: policy.spec,
    })),
  );

const namespaces = fc
  .tuple(labels, labels, labels)
  .map((each) => new Map(NAMESPACES.map((name, index) => [name as string, each[index] ?? {}])));

/** A cluster with pods in three namespaces and some policies; every field of a policy occurs. */
export const clusters: fc.Arbitrary<ClusterState> = fc.record({ pods, policies, namespaces });
