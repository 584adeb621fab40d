// What an analyser of network policies is asked, and what it answers.
import type {
  ClusterState,
  Peer,
  PolicyPort,
  Protocol,
} from "../../../sandbox/live/network-policy/objects.ts";
import { addressesAround } from "./addresses.ts";

/** From an address to an address, of a pod or of the world outside. */
export interface Connection {
  readonly source: string;
  readonly destination: string;
  readonly protocol: Protocol;
  readonly port: number;
}

export interface Question {
  readonly cluster: ClusterState;
  readonly connections: readonly Connection[];
}

/** An engine that we did not write. */
export interface Analyser {
  /**
   * Whether each connection of each question is allowed, in their order; what the engine cannot answer is an error.
   * The clusters are adapted to the given differences: to all by default.
   */
  judge(questions: readonly Question[], differences?: readonly Difference[]): Promise<boolean[][]>;
}

/** A narrow one: for the adapted cluster, the engine says what Kubernetes does with the cluster as it is. */
export interface Difference {
  readonly what: string;
  /** The cases of the corpus, all of them, that the engine gets wrong or refuses without the adaptation. */
  readonly shownBy: readonly string[];
  readonly adapt: (cluster: ClusterState) => ClusterState;
}

export const adapted = (cluster: ClusterState, differences: readonly Difference[]): ClusterState =>
  differences.reduce((sofar, { adapt }) => adapt(sofar), cluster);

const protocols: readonly Protocol[] = ["TCP", "UDP", "SCTP"];

export interface Rule {
  readonly peers: readonly Peer[];
  readonly ports: readonly PolicyPort[];
}

export const rulesOf = ({ policies }: ClusterState): Rule[] =>
  policies.flatMap(({ spec }) => [
    ...(spec.ingress ?? []).map(({ from = [], ports = [] }) => ({ peers: from, ports })),
    ...(spec.egress ?? []).map(({ to = [], ports = [] }) => ({ peers: to, ports })),
  ]);

/** Where an answer can change: the ends of every range in a policy, the ports of the pods, and the next to each. */
function boundaryPorts(cluster: ClusterState): number[] {
  const named = rulesOf(cluster).flatMap(({ ports }) =>
    ports.flatMap(({ port, endPort }) => (typeof port === "number" ? [port, endPort ?? port] : [])),
  );
  const served = cluster.pods.flatMap(({ ports }) => ports.map(({ containerPort }) => containerPort));
  const around = [...named, ...served].flatMap((port) => [port - 1, port, port + 1]);
  return [...new Set([1, ...around, 65535])]
    .filter((port) => port >= 1 && port <= 65535)
    .toSorted((a, b) => a - b);
}

/** No block of a policy begins or ends there. */
export const SOMEWHERE = "198.51.100.7";

/** The world at the ends of every block of a policy, and somewhere that no policy names. */
export function boundaryAddresses(cluster: ClusterState): string[] {
  const blocks = rulesOf(cluster).flatMap(({ peers }) =>
    peers.flatMap(({ ipBlock }) => (ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : [])),
  );
  const pods = new Set(cluster.pods.map(({ address }) => address));
  return [...new Set([SOMEWHERE, ...blocks.flatMap(addressesAround)])].filter(
    (address) => !pods.has(address),
  );
}

/**
 * Every pair of pods, every pod and the world in both directions, on every boundary port of every protocol. Not a pod
 * and itself: no policy can keep them apart, and the analysers do not agree on that.
 */
export function everyConnection(
  cluster: ClusterState,
  outside: readonly string[] = boundaryAddresses(cluster),
): Connection[] {
  const ports = boundaryPorts(cluster);
  const pods = cluster.pods.map(({ address }) => address);
  const pairs = pods.flatMap((pod) => [
    ...pods.filter((other) => other !== pod).map((other) => [pod, other] as const),
    ...outside.flatMap((address) => [[pod, address] as const, [address, pod] as const]),
  ]);
  return pairs.flatMap(([source, destination]) =>
    protocols.flatMap((protocol) => ports.map((port) => ({ source, destination, protocol, port }))),
  );
}
