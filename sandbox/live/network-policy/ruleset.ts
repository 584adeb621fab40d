// Renders network policies and pods as one nftables table. The same cluster gives the same text.
//
// The checks for a packet to or from a pod: established -> known address -> egress of its source -> ingress of its
// destination. The chain `ingress` never returns, so that a matching egress rule can jump to it.
// Services need no rules, because kube-proxy has already replaced their address with that of a pod.
import type { ClusterState, KnownPod, Peer, Policy, PolicyPort, Protocol } from "./objects.ts";
import { peerPods, selectedPods } from "./selectors.ts";

const tableName = "sandbox_network_policy";
/** The host's ends of the pods' interfaces, as the CNI plugin `ptp` names them. */
const podInterfaces = '"veth*"';

type Direction = "ingress" | "egress";

const setOf = (elements: readonly string[]): string => `{ ${[...new Set(elements)].toSorted().join(", ")} }`;
const addressesOf = (pods: readonly KnownPod[]): string => setOf(pods.map(({ address }) => address));

/** An empty list of types counts as absent: https://kubernetes.io/docs/concepts/services-networking/network-policies/ */
function isPoliced({ spec }: Policy, direction: Direction): boolean {
  const { policyTypes = [], egress = [] } = spec;
  if (policyTypes.length > 0) return policyTypes.includes(direction === "ingress" ? "Ingress" : "Egress");
  return direction === "ingress" || egress.length > 0;
}

/** Conditions on the other end. An empty condition matches everything, an empty list matches nothing. */
function otherEnds(
  peers: readonly Peer[] | undefined,
  field: "saddr" | "daddr",
  namespace: string,
  cluster: ClusterState,
): string[] {
  if (peers === undefined || peers.length === 0) return [""];
  const pods = peers.flatMap((peer) => peerPods(peer, namespace, cluster));
  const blocks = peers.flatMap(({ ipBlock }) => {
    // The node's network has no IPv6, so an IPv6 block matches no address.
    if (ipBlock === undefined || ipBlock.cidr.includes(":")) return [];
    const inside = ipBlock.cidr.endsWith("/0") ? [] : [`ip ${field} ${ipBlock.cidr}`];
    // One rule each: exceptions may overlap, and nftables rejects overlaps in a set.
    return [...inside, ...(ipBlock.except ?? []).map((cidr) => `ip ${field} != ${cidr}`)].join(" ");
  });
  return [...(pods.length === 0 ? [] : [`ip ${field} ${addressesOf(pods)}`]), ...blocks];
}

const protocols: readonly Protocol[] = ["TCP", "UDP", "SCTP"];

/** Conditions on ports by number. An empty condition matches every port of every protocol. */
function numberedPorts(ports: readonly PolicyPort[] | undefined): string[] {
  if (ports === undefined || ports.length === 0) return [""];
  return protocols.flatMap((protocol) => {
    const own = ports.filter(
      (port) => (port.protocol ?? "TCP") === protocol && typeof port.port !== "string",
    );
    const name = protocol.toLowerCase();
    if (own.some(({ port }) => port === undefined)) return `meta l4proto ${name}`;
    const ranges = own.map(({ port, endPort }) => (endPort === undefined ? `${port}` : `${port}-${endPort}`));
    return ranges.length === 0 ? [] : `${name} dport { ${mergeRanges(ranges).join(", ")} }`;
  });
}

/** nftables rejects a set whose ranges overlap. */
function mergeRanges(ranges: readonly string[]): string[] {
  const pairs = ranges
    .map((range) => range.split("-").map(Number))
    .map(([first = 0, last = first]) => ({ first, last }))
    .toSorted((a, b) => a.first - b.first);
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of pairs) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous.last + 1) previous.last = Math.max(previous.last, last);
    else merged.push({ first, last });
  }
  return merged.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
}

/** A port name stands for the number that each serving pod gives it. */
function namedPorts(ports: readonly PolicyPort[] | undefined, servers: readonly KnownPod[]): string[] {
  return (ports ?? []).flatMap(({ port: name, protocol = "TCP" }) => {
    if (typeof name !== "string") return [];
    const byNumber = Map.groupBy(
      servers.flatMap((pod) =>
        pod.ports
          .filter((port) => port.name === name && (port.protocol ?? "TCP") === protocol)
          .map((port) => ({ pod, number: port.containerPort })),
      ),
      ({ number }) => number,
    );
    return [...byNumber]
      .toSorted(([a], [b]) => a - b)
      .map(
        ([number, found]) =>
          `ip daddr ${addressesOf(found.map(({ pod }) => pod))} ${protocol.toLowerCase()} dport ${number}`,
      );
  });
}

function policyRules(policy: Policy, direction: Direction, cluster: ClusterState): string[] {
  const { namespace } = policy.metadata;
  const verdict = direction === "ingress" ? "accept" : "goto ingress";
  const rules =
    direction === "ingress"
      ? (policy.spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
      : (policy.spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
  return rules.flatMap(({ peers, ports }) => {
    const ends = otherEnds(peers, direction === "ingress" ? "saddr" : "daddr", namespace, cluster);
    const servers = direction === "ingress" ? selectedPods(policy, cluster) : cluster.pods;
    const portConditions = [...numberedPorts(ports), ...namedPorts(ports, servers)];
    return ends.flatMap((end) =>
      portConditions.map((port) => [end, port, verdict].filter((part) => part !== "").join(" ")),
    );
  });
}

interface Policed {
  readonly chains: readonly string[];
  /** Elements of a verdict map: an address, and the chain of the policies that select it. */
  readonly verdicts: readonly string[];
}

const chain = (name: string, lines: readonly string[]): string =>
  [`  chain ${name} {`, ...lines.map((line) => `    ${line}`), "  }"].join("\n");

function police(direction: Direction, cluster: ClusterState): Policed {
  const policies = cluster.policies.filter((policy) => isPoliced(policy, direction)).toSorted(byName);
  const policyChain = (index: number): string => `${direction}_policy_${index}`;
  const selecting = new Map<string, number[]>();
  policies.forEach((policy, index) => {
    for (const { address } of selectedPods(policy, cluster))
      selecting.set(address, [...(selecting.get(address) ?? []), index]);
  });
  // Pods of one Deployment are selected by the same policies, and share a chain.
  const groups = Map.groupBy([...selecting], ([, indices]) => indices.join("_"));
  const podChains = [...groups.keys()]
    .toSorted()
    .map((key) =>
      chain(`${direction}_pods_${key}`, [
        ...key.split("_").map((index) => `jump ${policyChain(Number(index))}`),
        "drop",
      ]),
    );
  return {
    chains: [
      ...policies.map((policy, index) =>
        chain(policyChain(index), [
          `comment "${policy.metadata.namespace}/${policy.metadata.name}"`,
          ...policyRules(policy, direction, cluster),
        ]),
      ),
      ...podChains,
    ],
    verdicts: [...selecting].map(
      ([address, indices]) => `${address} : goto ${direction}_pods_${indices.join("_")}`,
    ),
  };
}

const byName = (a: Policy, b: Policy): number => {
  const [first, second] = [a, b].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`) as [
    string,
    string,
  ];
  return first < second ? -1 : 1;
};

/** The whole table, which replaces the previous one in one transaction. */
export function renderRuleset(cluster: ClusterState): string {
  const ingress = police("ingress", cluster);
  const egress = police("egress", cluster);
  const decide = (field: string, { verdicts }: Policed): string[] =>
    verdicts.length === 0 ? [] : [`ip ${field} vmap ${setOf(verdicts)}`];
  const addresses = cluster.pods.map(({ address }) => address);
  const elements = (list: readonly string[]): string[] =>
    list.length === 0 ? [] : [`    elements = ${setOf(list)}`];
  return [
    `table inet ${tableName} {}`,
    `delete table inet ${tableName}`,
    `table inet ${tableName} {`,
    "  set known {",
    "    type ipv4_addr",
    ...elements(addresses),
    "  }",
    "  set itself {",
    "    type ipv4_addr . ipv4_addr",
    ...elements(addresses.map((address) => `${address} . ${address}`)),
    "  }",
    // A chain must be defined before the chains that jump to it.
    ...ingress.chains,
    chain("ingress", [...decide("daddr", ingress), "accept"]),
    ...egress.chains,
    chain("forward", [
      "type filter hook forward priority filter; policy accept;",
      "ct state established,related accept",
      // Policies cover only IPv4 addresses here. Other traffic is dropped.
      "meta nfproto ipv6 drop",
      // A pod has no connection until its address is known, and none from the address of another pod.
      `iifname ${podInterfaces} ip saddr != @known drop`,
      `oifname ${podInterfaces} ip daddr != @known drop`,
      // A pod can always connect to itself, also through its own Service.
      "ip saddr . ip daddr @itself accept",
      ...decide("saddr", egress),
      "goto ingress",
    ]),
    // From pods to the node's own addresses: the API server, the kubelet.
    chain("input", [
      "type filter hook input priority filter; policy accept;",
      "ct state established,related accept",
      `iifname != ${podInterfaces} accept`,
      "meta nfproto ipv6 drop",
      "ip saddr != @known drop",
      ...decide("saddr", egress),
    ]),
    "}",
    "",
  ].join("\n");
}
