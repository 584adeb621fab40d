// Two judges of the same question, for comparison: a packet through the text of the ruleset, step by step as the
// kernel does, and the rules of the Kubernetes documentation applied to the policies themselves.
import type {
  ClusterState,
  KnownPod,
  Peer,
  Policy,
  PolicyPort,
  Protocol,
} from "../../sandbox/live/network-policy/objects.ts";
import { matches } from "../../sandbox/live/network-policy/selectors.ts";

export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: Protocol;
  readonly port: number;
}

function number(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function inBlock(address: string, cidr: string): boolean {
  const [base = "", bits = "32"] = cidr.split("/");
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(address) / size) === Math.floor(number(base) / size);
}

type Chains = ReadonlyMap<string, readonly string[]>;

function parseRuleset(text: string): { readonly chains: Chains; readonly known: ReadonlySet<string> } {
  const chains = new Map<string, string[]>();
  for (const [, name = "", body = ""] of text.matchAll(/^ {2}chain (\S+) \{\n((?: {4}.*\n)*) {2}\}$/gm))
    chains.set(
      name,
      body
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "" && !/^(type|comment) /.test(line)),
    );
  const known = /set known \{\n.*\n(?: {4}elements = \{ (.*) \}\n)?/.exec(text)?.[1]?.split(", ") ?? [];
  return { chains, known: new Set(known) };
}

/** A condition at the start of a rule: whether it holds, and what follows it. */
function condition(rule: string, packet: Packet, known: ReadonlySet<string>): [boolean, string] | undefined {
  const end = (field: string): string => (field === "saddr" ? packet.source : packet.destination);
  const cases: readonly [RegExp, (found: readonly string[]) => boolean][] = [
    [/^ct state established,related /, () => false],
    [/^meta nfproto ipv6 /, () => false],
    // Every packet of the model goes between pods.
    [/^[io]ifname "veth\*" /, () => true],
    [/^iifname != "veth\*" /, () => false],
    [
      /^ip saddr \. ip daddr @itself /,
      () => packet.source === packet.destination && known.has(packet.source),
    ],
    [/^ip ([sd]addr) != @known /, ([field = ""]) => !known.has(end(field))],
    [/^ip ([sd]addr) \{ ([^}]*) \} /, ([field = "", list = ""]) => list.split(", ").includes(end(field))],
    [/^ip ([sd]addr) != (\S+\/\d+) /, ([field = "", cidr = ""]) => !inBlock(end(field), cidr)],
    [/^ip ([sd]addr) (\S+\/\d+) /, ([field = "", cidr = ""]) => inBlock(end(field), cidr)],
    [/^meta l4proto (\S+) /, ([name]) => packet.protocol.toLowerCase() === name],
    [
      /^(tcp|udp|sctp) dport (?:\{ ([^}]*) \}|(\d+)) /,
      ([name, list, one = ""]) =>
        packet.protocol.toLowerCase() === name &&
        (list ?? one).split(", ").some((range) => {
          const [first = 0, last = first] = range.split("-").map(Number);
          return first <= packet.port && packet.port <= last;
        }),
    ],
  ];
  for (const [pattern, holds] of cases) {
    const found = pattern.exec(rule);
    if (found !== null) return [holds(found.slice(1)), rule.slice(found[0].length)];
  }
  return undefined;
}

/** Sends a packet through a chain; undefined: it came out at the end. */
function walk(name: string, packet: Packet, chains: Chains, known: ReadonlySet<string>): boolean | undefined {
  const lines = chains.get(name);
  if (lines === undefined) throw new Error(`no chain ${name}`);
  for (const line of lines) {
    let rule = line;
    let holds = true;
    for (
      let next = condition(rule, packet, known);
      next !== undefined;
      next = condition(rule, packet, known)
    ) {
      holds &&= next[0];
      rule = next[1];
    }
    if (!holds) continue;
    const map = /^ip ([sd]addr) vmap \{ (.*) \}$/.exec(rule);
    if (map !== null) {
      const address = map[1] === "saddr" ? packet.source : packet.destination;
      const verdict = (map[2] ?? "").split(", ").find((element) => element.startsWith(`${address} : `));
      if (verdict === undefined) continue;
      rule = verdict.split(" : ")[1] ?? "";
    }
    const [verb, target = ""] = rule.split(" ");
    if (verb === "accept") return true;
    if (verb === "drop") return false;
    if (verb !== "goto" && verb !== "jump") throw new Error(`what does this mean: ${line}`);
    const result = walk(target, packet, chains, known);
    if (result !== undefined || verb === "goto") return result;
  }
  return undefined;
}

export function packetFilter(ruleset: string): (packet: Packet) => boolean {
  const { chains, known } = parseRuleset(ruleset);
  // The chain's own policy is to accept.
  return (packet) => walk("forward", packet, chains, known) ?? true;
}

// From here on: https://kubernetes.io/docs/concepts/services-networking/network-policies/

const ofAll = <T>(list: readonly T[] | undefined, holds: (item: T) => boolean): boolean =>
  list === undefined || list.length === 0 || list.some(holds);

function isPeer(peer: Peer, pod: KnownPod, namespace: string, { namespaces }: ClusterState): boolean {
  if (peer.ipBlock !== undefined) {
    const { cidr, except = [] } = peer.ipBlock;
    return inBlock(pod.address, cidr) && !except.some((block) => inBlock(pod.address, block));
  }
  if (peer.namespaceSelector === undefined) {
    if (pod.namespace !== namespace) return false;
  } else if (!matches(peer.namespaceSelector, namespaces.get(pod.namespace) ?? {})) return false;
  return peer.podSelector === undefined || matches(peer.podSelector, pod.labels);
}

function isPort({ port, endPort, protocol = "TCP" }: PolicyPort, server: KnownPod, packet: Packet): boolean {
  if (protocol !== packet.protocol) return false;
  if (port === undefined) return true;
  if (typeof port === "number") return port <= packet.port && packet.port <= (endPort ?? port);
  return server.ports.some(
    (own) => own.name === port && own.containerPort === packet.port && (own.protocol ?? "TCP") === protocol,
  );
}

export function isAllowed(
  cluster: ClusterState,
  source: KnownPod,
  server: KnownPod,
  packet: Packet,
): boolean {
  if (source === server) return true;
  const selecting = (pod: KnownPod, type: "Ingress" | "Egress"): Policy[] =>
    cluster.policies.filter(
      ({ metadata, spec }) =>
        spec.policyTypes?.includes(type) === true &&
        metadata.namespace === pod.namespace &&
        matches(spec.podSelector ?? {}, pod.labels),
    );
  const out = selecting(source, "Egress");
  const into = selecting(server, "Ingress");
  const egress = out.some(({ metadata, spec }) =>
    (spec.egress ?? []).some(
      ({ to, ports }) =>
        ofAll(to, (peer) => isPeer(peer, server, metadata.namespace, cluster)) &&
        ofAll(ports, (port) => isPort(port, server, packet)),
    ),
  );
  const ingress = into.some(({ metadata, spec }) =>
    (spec.ingress ?? []).some(
      ({ from, ports }) =>
        ofAll(from, (peer) => isPeer(peer, source, metadata.namespace, cluster)) &&
        ofAll(ports, (port) => isPort(port, server, packet)),
    ),
  );
  return (out.length === 0 || egress) && (into.length === 0 || ingress);
}

/** The same numbers for the same seed (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A cluster with pods in three namespaces and some policies; every field of a policy occurs. */
export function randomCluster(seed: number, { blocks = true } = {}): ClusterState {
  const below = random(seed);
  const chance = (percent: number): boolean => below(100) < percent;
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const many = <T>(most: number, make: () => T): T[] => Array.from({ length: below(most + 1) }, make);
  const namespaceNames = ["red", "green", "blue"];
  const labelValues = ["a", "b", "c"];
  const labels = (): Record<string, string> => ({
    ...(chance(70) && { app: pick(labelValues) }),
    ...(chance(50) && { tier: pick(labelValues) }),
  });
  const selector = (): NonNullable<Peer["podSelector"]> => ({
    ...(chance(40) && { matchLabels: { [pick(["app", "tier"])]: pick(labelValues) } }),
    ...(chance(40) && {
      matchExpressions: [
        pick([
          { key: "app", operator: "In", values: [pick(labelValues), pick(labelValues)] },
          { key: "app", operator: "NotIn", values: [pick(labelValues)] },
          { key: "tier", operator: "Exists" },
          { key: "tier", operator: "DoesNotExist" },
        ] as const),
      ],
    }),
  });
  const peer = (): Peer => {
    if (blocks && chance(25)) {
      const except = many(2, () => pick(["10.244.0.0/30", "10.244.0.4/30", "10.244.0.6/32"]));
      return { ipBlock: { cidr: pick(["10.244.0.0/24", "10.244.0.0/29", "0.0.0.0/0"]), except } };
    }
    const both = below(3);
    return {
      ...(both !== 0 && { podSelector: selector() }),
      ...(both !== 1 && { namespaceSelector: selector() }),
    };
  };
  const protocol = (): Protocol => pick(["TCP", "TCP", "UDP", "SCTP"]);
  const port = (): PolicyPort =>
    pick<() => PolicyPort>([
      () => ({ protocol: protocol(), port: pick([80, 81, 443]) }),
      () => ({ port: pick(["web", "admin"]) }),
      () => ({ protocol: protocol(), port: 80, endPort: pick([81, 443]) }),
      () => ({ protocol: protocol() }),
    ])();
  const pods = Array.from({ length: 7 }, (_, index) => ({
    namespace: pick(namespaceNames),
    name: `pod-${index}`,
    labels: labels(),
    address: `10.244.0.${index + 2}`,
    ports: [
      { name: "web", containerPort: pick([80, 81]) },
      ...(chance(50) ? [{ name: "admin", containerPort: 443 }] : []),
    ],
  }));
  const policies = Array.from({ length: 1 + below(4) }, (_, index): Policy => {
    const types = pick([["Ingress"], ["Egress"], ["Ingress", "Egress"]] as const);
    return {
      metadata: { name: `policy-${index}`, namespace: pick(namespaceNames) },
      spec: {
        podSelector: selector(),
        policyTypes: types,
        ...(types.some((type) => type === "Ingress") && {
          ingress: many(2, () => ({ from: many(2, peer), ports: many(2, port) })),
        }),
        ...(types.some((type) => type === "Egress") && {
          egress: many(2, () => ({ to: many(2, peer), ports: many(2, port) })),
        }),
      },
    };
  });
  return { pods, policies, namespaces: new Map(namespaceNames.map((name) => [name, labels()])) };
}

export const packetsOf = function* ({ pods }: ClusterState): Generator<[KnownPod, KnownPod, Packet]> {
  for (const source of pods)
    for (const server of pods)
      for (const protocol of ["TCP", "UDP", "SCTP"] as const)
        for (const port of [79, 80, 81, 82, 443])
          yield [source, server, { source: source.address, destination: server.address, protocol, port }];
};
