// One small cluster, and policies that each use one thing that a policy can say.
import type {
  ClusterState,
  KnownPod,
  Labels,
  Peer,
  Policy,
} from "../../../sandbox/live/network-policy/objects.ts";

const pod = (
  namespace: string,
  name: string,
  last: number,
  labels: Labels,
  ports: KnownPod["ports"],
): KnownPod => ({
  namespace,
  name,
  labels,
  address: `10.244.0.${last}`,
  ports,
});

const pods: readonly KnownPod[] = [
  pod("shop", "web", 2, { app: "web", tier: "front" }, [{ name: "http", containerPort: 8080 }]),
  pod("shop", "api", 3, { app: "api", tier: "" }, [
    { name: "http", containerPort: 9000, protocol: "TCP" },
    { name: "admin", containerPort: 9001 },
  ]),
  pod("shop", "database", 4, { app: "database" }, [{ name: "sql", containerPort: 5432 }]),
  pod("street", "web", 9, { app: "web" }, [{ name: "http", containerPort: 8080, protocol: "UDP" }]),
  pod("street", "visitor", 10, {}, []),
  pod("kube-system", "dns", 17, { "k8s-app": "kube-dns" }, [
    { name: "dns", containerPort: 53, protocol: "UDP" },
    { name: "dns-tcp", containerPort: 53 },
  ]),
];

const namespaces = new Map<string, Labels>([
  ["shop", { "kubernetes.io/metadata.name": "shop", kind: "inside" }],
  ["street", { "kubernetes.io/metadata.name": "street", kind: "outside", open: "" }],
  ["kube-system", { "kubernetes.io/metadata.name": "kube-system" }],
  ["empty", { "kubernetes.io/metadata.name": "empty" }],
]);

type Spec = Policy["spec"];
const both = ["Ingress", "Egress"] as const;
const web = { matchLabels: { app: "web" } };
const denyAll: Spec = { podSelector: {}, policyTypes: both };

const from = (...peers: Peer[]): Spec => ({
  podSelector: {},
  policyTypes: ["Ingress"],
  ingress: [{ from: peers }],
});
const to = (...peers: Peer[]): Spec => ({
  podSelector: {},
  policyTypes: ["Egress"],
  egress: [{ to: peers }],
});
type Ports = NonNullable<Spec["ingress"]>[number]["ports"] & object;
const into = (...ports: Ports): Spec => ({ podSelector: {}, policyTypes: ["Ingress"], ingress: [{ ports }] });
const out = (...ports: Ports): Spec => ({ podSelector: {}, policyTypes: ["Egress"], egress: [{ ports }] });
/** Who is selected shows in who is closed. */
const close = (podSelector: NonNullable<Spec["podSelector"]>): Spec => ({ podSelector, policyTypes: both });

/** Each policy is one of the namespace `shop`. */
const specs: Readonly<Record<string, readonly Spec[]>> = {
  "no policy": [],
  "default deny": [denyAll],
  "default deny of ingress": [{ podSelector: {}, policyTypes: ["Ingress"] }],
  "default deny of egress": [{ podSelector: {}, policyTypes: ["Egress"] }],
  "no types, no rules": [{ podSelector: {} }],
  "no types, a rule of egress": [{ podSelector: {}, egress: [{ to: [{ podSelector: {} }] }] }],
  "no types, an empty list of egress": [{ podSelector: {}, egress: [] }],
  "an empty list of types": [
    { podSelector: {}, policyTypes: [], ingress: [{ from: [{ podSelector: {} }] }] },
  ],
  "rules of a direction that the types leave out": [
    { podSelector: {}, policyTypes: ["Ingress"], ingress: [], egress: [{ to: [{ podSelector: web }] }] },
  ],
  "a rule that allows everything": [
    denyAll,
    { podSelector: web, policyTypes: both, ingress: [{}], egress: [{}] },
  ],
  "empty lists of peers and of ports": [
    {
      podSelector: {},
      policyTypes: both,
      ingress: [{ from: [], ports: [] }],
      egress: [{ to: [], ports: [] }],
    },
  ],
  "what any policy allows": [denyAll, into({ port: 8080 }), into({ port: 5432 }), out({ port: 9000 })],
  "egress and ingress of the same connection": [
    { podSelector: web, policyTypes: ["Egress"], egress: [{ ports: [{ port: 9000, endPort: 9500 }] }] },
    { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ ports: [{ port: 8500, endPort: 9000 }] }] },
  ],
  "the DNS of the cluster": [
    {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
              podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
            },
          ],
          ports: [{ protocol: "UDP", port: 53 }, { port: 53 }],
        },
      ],
    },
  ],
  "an ipBlock with exceptions, egress": [
    to({ ipBlock: { cidr: "203.0.112.0/22", except: ["203.0.113.0/24"] } }),
  ],
  "an ipBlock with exceptions, ingress": [
    from({
      ipBlock: { cidr: "203.0.112.0/22", except: ["203.0.113.0/25", "203.0.113.0/24", "203.0.115.255/32"] },
    }),
  ],
  "an ipBlock that holds pods": [to({ ipBlock: { cidr: "10.244.0.0/28", except: ["10.244.0.8/31"] } })],
  "everywhere but private addresses": [
    to({ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16"] } }),
  ],
  "two ipBlocks, one in the exception of the other": [
    from(
      { ipBlock: { cidr: "203.0.113.0/24", except: ["203.0.113.64/26"] } },
      { ipBlock: { cidr: "203.0.113.80/30" } },
    ),
  ],
  "only an IPv6 block": [to({ ipBlock: { cidr: "2000::/3" } })],
  "IPv6 and IPv4 blocks": [to({ ipBlock: { cidr: "2000::/3" } }, { ipBlock: { cidr: "203.0.113.0/24" } })],
  "named ports, ingress": [into({ port: "http" })],
  "named ports, egress": [out({ port: "http" }, { protocol: "UDP", port: "dns" })],
  "a named port of UDP, asked for as TCP": [out({ port: "dns" })],
  "a named port that no pod has": [into({ port: "nothing" })],
  "a named port and a peer": [
    {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ to: [{ podSelector: web }], ports: [{ port: "http" }] }],
    },
  ],
  "named and numbered ports": [into({ port: "admin" }, { port: 5432 }, { protocol: "UDP", port: "http" })],
  "a range of ports": [into({ port: 8080, endPort: 9000 })],
  "a range of one port": [into({ port: 8080, endPort: 8080 })],
  "ranges that overlap and touch": [
    into({ port: 8000, endPort: 8500 }, { port: 8400, endPort: 8999 }, { port: 9000, endPort: 9000 }),
  ],
  "the first and the last port": [
    into({ port: 1 }, { port: 65535 }, { protocol: "UDP", port: 1, endPort: 65535 }),
  ],
  "a range of UDP and a port of SCTP": [
    out({ protocol: "UDP", port: 53, endPort: 54 }, { protocol: "SCTP", port: 53 }),
  ],
  "a protocol without a port": [into({ protocol: "SCTP" }), out({ protocol: "UDP" })],
  "a port without a protocol": [into({ port: 9000 })],
  "peers: all pods of the namespace": [from({ podSelector: {} })],
  "peers: all pods of all namespaces": [from({ namespaceSelector: {} })],
  "peers: all pods of all namespaces, egress": [to({ namespaceSelector: {}, podSelector: {} })],
  "peers: pods of other namespaces": [
    from({ namespaceSelector: { matchLabels: { kind: "outside" } }, podSelector: web }),
  ],
  "peers: pods of this namespace, or other namespaces": [
    from({ namespaceSelector: { matchLabels: { kind: "outside" } } }, { podSelector: web }),
  ],
  "peers: none": [from({ podSelector: { matchLabels: { app: "none" } } })],
  In: [close({ matchExpressions: [{ key: "app", operator: "In", values: ["web", "database"] }] })],
  NotIn: [close({ matchExpressions: [{ key: "app", operator: "NotIn", values: ["web", "database"] }] })],
  "NotIn, of a label that is missing": [
    close({ matchExpressions: [{ key: "tier", operator: "NotIn", values: ["front"] }] }),
  ],
  "NotIn, of namespaces": [
    from({
      namespaceSelector: { matchExpressions: [{ key: "kind", operator: "NotIn", values: ["inside"] }] },
    }),
  ],
  "NotIn, of pods of other namespaces": [
    from({
      namespaceSelector: {},
      podSelector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] },
    }),
  ],
  Exists: [close({ matchExpressions: [{ key: "tier", operator: "Exists" }] })],
  DoesNotExist: [close({ matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] })],
  "Exists, of pods of other namespaces": [
    to({ namespaceSelector: {}, podSelector: { matchExpressions: [{ key: "app", operator: "Exists" }] } }),
  ],
  "DoesNotExist, of pods of other namespaces": [
    from({
      namespaceSelector: { matchExpressions: [{ key: "kind", operator: "Exists" }] },
      podSelector: { matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] },
    }),
  ],
  "labels and expressions together": [
    close({
      matchLabels: { app: "web" },
      matchExpressions: [{ key: "tier", operator: "In", values: ["front", "back"] }],
    }),
  ],
  "an empty value, of pods": [close({ matchLabels: { tier: "" } })],
  "an empty value, of namespaces": [from({ namespaceSelector: { matchLabels: { open: "" } } })],
};

export const corpus: readonly { readonly name: string; readonly cluster: ClusterState }[] = Object.entries(
  specs,
).map(([name, list]) => ({
  name,
  cluster: {
    pods,
    namespaces,
    policies: list.map((spec, index) => ({ metadata: { namespace: "shop", name: `policy-${index}` }, spec })),
  },
}));
