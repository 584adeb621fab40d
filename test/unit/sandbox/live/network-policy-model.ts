// Two judges of the same question, for comparison: a packet through the text of the ruleset, step by step as the
// kernel does, and the rules of the Kubernetes documentation applied to the policies themselves.
import type {
  ClusterState,
  KnownPod,
  Peer,
  Policy,
  PolicyPort,
  Protocol,
} from "../../../../sandbox/live/network-policy/objects.ts";
import { matches } from "../../../../sandbox/live/network-policy/selectors.ts";

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

/** Whether an address is one of a pod, and not of the world outside. */
type IsPod = (address: string) => boolean;
type Holds = (packet: Packet) => boolean;

/** A rule, read once: its conditions, and what it says to a packet that meets them. */
interface Rule {
  readonly line: string;
  readonly conditions: readonly Holds[];
  /** `accept`, `drop`, `goto CHAIN` or `jump CHAIN`; undefined: a map of verdicts that does not name the address. */
  readonly verdict: (packet: Packet) => string | undefined;
}

type Chains = ReadonlyMap<string, readonly Rule[]>;

function parseRuleset(text: string, isPod: IsPod): Chains {
  const elements = /set known \{\n.*\n(?: {4}elements = \{ (.*) \}\n)?/.exec(text)?.[1]?.split(", ") ?? [];
  const known = new Set(elements);
  const chains = new Map<string, Rule[]>();
  for (const [, name = "", body = ""] of text.matchAll(/^ {2}chain (\S+) \{\n((?: {4}.*\n)*) {2}\}$/gm))
    chains.set(
      name,
      body
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "" && !/^(type|comment) /.test(line))
        .map((line) => parseRule(line, known, isPod)),
    );
  return chains;
}

const endOf = (field: string | undefined, packet: Packet): string =>
  field === "saddr" ? packet.source : packet.destination;

function parseRule(line: string, known: ReadonlySet<string>, isPod: IsPod): Rule {
  const conditions: Holds[] = [];
  let rest = line;
  for (let next = condition(rest, known, isPod); next !== undefined; next = condition(rest, known, isPod)) {
    conditions.push(next[0]);
    rest = next[1];
  }
  const map = /^ip ([sd]addr) vmap \{ (.*) \}$/.exec(rest);
  if (map === null) return { line, conditions, verdict: () => rest };
  const verdicts = new Map(
    (map[2] ?? "").split(", ").map((element) => element.split(" : ") as [string, string]),
  );
  return { line, conditions, verdict: (packet) => verdicts.get(endOf(map[1], packet)) };
}

/** A condition at the start of a rule: when it holds, and what follows it. */
function condition(rule: string, known: ReadonlySet<string>, isPod: IsPod): [Holds, string] | undefined {
  const cases: readonly [RegExp, (found: readonly string[]) => Holds][] = [
    [/^ct state established,related /, () => () => false],
    [/^meta nfproto ipv6 /, () => () => false],
    [/^iifname "veth\*" /, () => (packet) => isPod(packet.source)],
    [/^oifname "veth\*" /, () => (packet) => isPod(packet.destination)],
    [/^iifname != "veth\*" /, () => (packet) => !isPod(packet.source)],
    [
      /^ip saddr \. ip daddr @itself /,
      () => (packet) => packet.source === packet.destination && known.has(packet.source),
    ],
    [
      /^ip ([sd]addr) != @known /,
      ([field]) =>
        (packet) =>
          !known.has(endOf(field, packet)),
    ],
    [
      /^ip ([sd]addr) \{ ([^}]*) \} /,
      ([field, list = ""]) => {
        const addresses = new Set(list.split(", "));
        return (packet) => addresses.has(endOf(field, packet));
      },
    ],
    [
      /^ip ([sd]addr) (!= )?(\S+\/\d+) /,
      ([field, not, cidr = ""]) =>
        (packet) =>
          inBlock(endOf(field, packet), cidr) === (not === undefined),
    ],
    [
      /^meta l4proto (\S+) /,
      ([name]) =>
        (packet) =>
          packet.protocol.toLowerCase() === name,
    ],
    [
      /^(tcp|udp|sctp) dport (?:\{ ([^}]*) \}|(\d+)) /,
      ([name, list, one = ""]) => {
        const ranges = (list ?? one).split(", ").map((range) => range.split("-").map(Number));
        return ({ protocol, port }) =>
          protocol.toLowerCase() === name &&
          ranges.some(([first = 0, last = first]) => first <= port && port <= last);
      },
    ],
  ];
  for (const [pattern, parse] of cases) {
    const found = pattern.exec(rule);
    if (found !== null) return [parse(found.slice(1)), rule.slice(found[0].length)];
  }
  return undefined;
}

/** Sends a packet through a chain; undefined: it came out at the end. */
function walk(name: string, packet: Packet, chains: Chains): boolean | undefined {
  const rules = chains.get(name);
  if (rules === undefined) throw new Error(`no chain ${name}`);
  for (const { line, conditions, verdict } of rules) {
    if (!conditions.every((holds) => holds(packet))) continue;
    const found = verdict(packet);
    if (found === undefined) continue;
    const [verb, target = ""] = found.split(" ");
    if (verb === "accept") return true;
    if (verb === "drop") return false;
    if (verb !== "goto" && verb !== "jump") throw new Error(`what does this mean: ${line}`);
    const result = walk(target, packet, chains);
    if (result !== undefined || verb === "goto") return result;
  }
  return undefined;
}

/** Between pods and, if `isPod` distinguishes them, addresses outside, to which the node routes or (`input`) which it has. */
export function packetFilter(
  ruleset: string,
  isPod: IsPod = () => true,
  hook: "forward" | "input" = "forward",
): (packet: Packet) => boolean {
  const chains = parseRuleset(ruleset, isPod);
  // The chain's own policy is to accept.
  return (packet) => walk(hook, packet, chains) ?? true;
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

export const packetsOf = function* ({ pods }: ClusterState): Generator<[KnownPod, KnownPod, Packet]> {
  for (const source of pods)
    for (const server of pods)
      for (const protocol of ["TCP", "UDP", "SCTP"] as const)
        for (const port of [79, 80, 81, 82, 443])
          yield [source, server, { source: source.address, destination: server.address, protocol, port }];
};
