// A cluster for the analysers of network policies: the workloads of a recorded program, and everybody who might want in.
import { workloadLabels } from "../../components/core/labels.ts";
import type { Edge, Endpoint, OutsidePods } from "../../components/core/network/endpoint.ts";
import { isPublicHost } from "../../components/core/network/public-addresses.ts";
import { isFromOutside } from "../../components/core/network/render-policies.ts";
import type {
  ClusterState,
  KnownPod,
  Labels,
  Policy,
  Protocol,
} from "../../sandbox/live/network-policy/objects.ts";
import type { Recording } from "../harness.ts";
import type { ApiCaller } from "../invariants/exceptions.ts";
import { containersOf, objects } from "../kubernetes.ts";
import { allPods } from "../operators.ts";
import { NAME_LABEL, podName, policiesOf } from "../invariants/reachability.ts";
import { addressesAround, holds } from "./analysers/addresses.ts";
import { boundaryAddresses, type Connection, rulesOf, SOMEWHERE } from "./analysers/question.ts";

export interface Isolation {
  readonly cluster: ClusterState;
  /** Namespaces of the platform. In other namespaces only the servers that it protects count. */
  readonly own: ReadonlySet<string>;
  /** Addresses of others' servers that policies guard: who reaches them, and not whom they reach. */
  readonly guarded: ReadonlySet<string>;
  /** Addresses of pods whose labels are all that policies can select in their namespace, and of those without any. */
  readonly subjects: ReadonlySet<string>;
  /** By the address of a workload's pod, its replica's. */
  readonly replicas: ReadonlyMap<string, string>;
}

type Pod = Omit<KnownPod, "address">;
type Stands = "subject" | "replica" | "stranger";

const dnsPorts = (port: number): Pod["ports"] => [
  { name: "dns", containerPort: port, protocol: "UDP" },
  { name: "dns-tcp", containerPort: port, protocol: "TCP" },
  { name: "metrics", containerPort: 9153, protocol: "TCP" },
];

/** The labels of the DNS pods, by namespace (docs/references.md#dns-egress). */
const DNS: Readonly<Record<string, { readonly labels: Labels; readonly port: number }>> = {
  "kube-system": { labels: { "k8s-app": "kube-dns" }, port: 53 },
  "openshift-dns": { labels: { "dns.operator.openshift.io/daemonset-dns": "default" }, port: 5353 },
};

export function isolationOf(recording: Recording, edges: readonly Edge[]): Isolation {
  const own = new Set(objects(recording, "Namespace").map(({ name }) => name));
  const workloads = allPods(recording).map((owner): Pod => ({
    namespace: owner.namespace,
    name: podName(owner).split("/")[1] ?? "",
    labels: owner.labels,
    ports: containersOf(owner.pod).flatMap(({ ports = [] }) =>
      ports.map(({ name, containerPort, protocol }) => ({
        name,
        containerPort,
        protocol: protocol as Protocol,
      })),
    ),
  }));
  const bare = (namespace: string, name: string, labels: Labels = {}): Pod => ({
    namespace,
    name,
    labels,
    ports: [],
  });
  const callers = outsidePodsOf(edges).map(({ namespace, podLabels }) =>
    bare(namespace, Object.values(podLabels).join("-"), podLabels),
  );
  const servers = foreignServersOf(edges).map(({ namespace, podLabels, ports }): Pod => ({
    namespace,
    name: Object.values(podLabels).join("-"),
    labels: podLabels,
    ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort, protocol: "TCP" })),
  }));
  const known = [...workloads, ...servers, ...callers];
  const foreign = new Set(
    [...servers, ...callers].map(({ namespace }) => namespace).filter((name) => !own.has(name)),
  );
  const subjects = [
    ...workloads,
    ...servers,
    ...callers.filter(({ namespace }) => own.has(namespace)),
    ...[...own].map((namespace) => bare(namespace, "newcomer")),
  ];
  // Replicas of one workload have nothing to say to each other, unless an edge says so.
  const replicas = [...workloads, ...servers].map((pod) => ({ ...pod, name: `${pod.name}-2` }));
  const strangers = [
    ...callers.filter(({ namespace }) => foreign.has(namespace)),
    ...[...foreign].map((namespace) => bare(namespace, "newcomer")),
    // One label of a workload's two is not enough, neither are all of them in another namespace.
    ...partsOf([...[...workloads, ...servers].map(withoutCommonLabels), ...callers]).map(
      ({ namespace, key, value }) =>
        bare(namespace, `by-${key.split("/").at(-1) ?? ""}-${value}`, { [key]: value }),
    ),
    ...known.map(({ namespace, name, labels }) => bare("default", `${namespace}-${name}`, labels)),
    bare("kube-system", "other"),
    bare("openshift-dns", "other"),
    ...Object.entries(DNS).map(([namespace, { labels }]) => bare("default", `dns-of-${namespace}`, labels)),
    ...Object.entries(DNS).map(([namespace, { labels, port }]) => ({
      namespace,
      name: "dns",
      labels,
      ports: dnsPorts(port),
    })),
  ];
  const stands = (list: readonly Pod[], as: Stands) => list.map((pod) => ({ pod, as }));
  const pods = [
    ...stands(subjects, "subject"),
    ...stands(replicas, "replica"),
    ...stands(strangers, "stranger"),
  ].map(({ pod, as }, index) => ({ as, pod: { ...pod, address: `10.244.0.${index + 2}` } }));
  const addresses = (as: Stands) => pods.filter((one) => one.as === as).map(({ pod }) => pod.address);
  const labelsOf = new Map(
    objects(recording, "Namespace").map(({ name, manifest }) => [name, manifest.metadata.labels ?? {}]),
  );
  return {
    own,
    subjects: new Set(addresses("subject")),
    guarded: new Set(
      pods
        .filter(({ as, pod }) => as !== "stranger" && !own.has(pod.namespace))
        .map(({ pod }) => pod.address),
    ),
    // The workloads and the servers are the first of the subjects.
    replicas: new Map(
      addresses("replica").map((address, index) => [pods[index]?.pod.address ?? "", address]),
    ),
    cluster: {
      pods: pods.map(({ pod }) => pod),
      // The API server itself sets the label of the name.
      namespaces: new Map(
        [...own, ...foreign, "default", ...Object.keys(DNS)].map((name) => [
          name,
          { ...labelsOf.get(name), [NAME_LABEL]: name },
        ]),
      ),
      policies: policiesOf(recording).map(({ namespace, name, spec }) => ({
        metadata: { namespace, name },
        spec: spec as Policy["spec"],
      })),
    },
  };
}

/** Whom edges let in that the platform does not make, each once. */
function outsidePodsOf(edges: readonly Edge[]): OutsidePods[] {
  const found = edges
    .filter(isFromOutside)
    .flatMap(({ from: { outside } }) => ("podLabels" in outside ? [outside] : []));
  return distinct(found);
}

/** Servers that edges lead to and the platform does not make, each once. */
function foreignServersOf(edges: readonly Edge[]): Endpoint[] {
  const found = edges.flatMap(({ to }) => ("foreign" in to ? [to] : []));
  return distinct(found);
}

function distinct<T>(list: readonly T[]): T[] {
  return [...new Map(list.map((each) => [JSON.stringify(each), each])).values()];
}

/** The labels as in edges, without those that all pods of the platform have. */
function withoutCommonLabels(pod: Pod): Pod {
  const own = Object.keys(workloadLabels("", "")).map((key) => [key, pod.labels[key] ?? ""]);
  return { ...pod, labels: Object.fromEntries(own) as Labels };
}

/** Each single label of pods that have more, once a namespace: what else would have it has nothing to add. */
function partsOf(pods: readonly Pod[]) {
  const parts = pods.flatMap(({ namespace, labels }) =>
    Object.entries(labels)
      .filter(() => Object.keys(labels).length > 1)
      .map(([key, value]) => ({ namespace, key, value })),
  );
  return [...new Map(parts.map((part) => [Object.values(part).join(), part])).values()];
}

/** Inside every cluster and cloud: metadata, a node, the API server, and IPv6 at the ends of what is public. */
const ADDRESSES = [
  "169.254.169.254",
  "192.168.1.10",
  "10.96.0.1",
  "2606:4700::1111",
  "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  "2000::",
  "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  "4000::",
  "fd00::1",
  "fe80::1",
];

/**
 * Pairs with a pod of the platform in it, and the world in both directions; what is left out cannot differ.
 *
 * Policies select only by `matchLabels`, so whatever selects a pod also selects each pod of its namespace that
 * has its labels and more: what lets a stranger with one label of a workload reach another stranger, lets the workload
 * reach it, too, and that is asked. Who is selected by fewest, and so closed by fewest, is a newcomer: those are asked
 * about every pod. A replica has the labels of its workload, and only the workload is asked about.
 */
export function connectionsOf({ cluster, own, guarded, subjects, replicas }: Isolation): Connection[] {
  const ports = portsOf(cluster);
  const inside = cluster.pods.filter(({ namespace, address }) => own.has(namespace) || guarded.has(address));
  const others = new Set(replicas.values());
  const asked = cluster.pods.map(({ address }) => address).filter((address) => !others.has(address));
  // A block admits a stranger like its workload, so the first address of the block is enough.
  const world = [...boundaryAddresses(cluster), ...ADDRESSES];
  const blocks = rulesOf(cluster).flatMap(({ peers }) => peers.flatMap(({ ipBlock }) => ipBlock ?? []));
  const part = [...new Set([SOMEWHERE, ...blocks.flatMap(({ cidr }) => addressesAround(cidr)[1] ?? [])])];
  const pairs = [
    ...asked.flatMap((source) =>
      asked
        .filter((other) => other !== source && (subjects.has(source) || subjects.has(other)))
        .map((other) => [source, other] as const),
    ),
    ...[...replicas].flatMap(([first, second]) => [[first, second] as const, [second, first] as const]),
    ...inside
      .filter(({ address }) => !others.has(address))
      .flatMap(({ address }) =>
        (subjects.has(address) ? world : part).flatMap((other) => [
          [address, other] as const,
          [other, address] as const,
        ]),
      ),
  ];
  return pairs.flatMap(([source, destination]) => ports.map((each) => ({ source, destination, ...each })));
}

/**
 * Every port that a policy names or a pod serves, by every protocol; the ones next to what a policy names by the protocol
 * that it says, since no policy has a range of another; and an unknown one, which stands for all others.
 */
function portsOf(cluster: ClusterState): Pick<Connection, "protocol" | "port">[] {
  const named = rulesOf(cluster).flatMap(({ ports }) =>
    ports.map(({ port, protocol = "TCP" }) => ({ port: Number(port), protocol })),
  );
  const served = cluster.pods.flatMap(({ ports }) => ports.map(({ containerPort }) => containerPort));
  return (["TCP", "UDP", "SCTP"] as const).flatMap((protocol) => {
    const around = named
      .filter((each) => each.protocol === protocol)
      .flatMap(({ port }) => [port - 1, port + 1]);
    const ports = new Set([1, ...named.map(({ port }) => port), ...served, ...around]);
    return [...ports].toSorted((a, b) => a - b).map((port) => ({ protocol, port }));
  });
}

export const sides = ["Egress", "Ingress"] as const;
export type Side = (typeof sides)[number];

/** The policies as far as they are about one side: each must be right by itself, as if the other did not exist. */
export const oneSide = (cluster: ClusterState, side: Side): ClusterState => ({
  ...cluster,
  policies: cluster.policies.flatMap(
    ({ metadata, spec: { podSelector, policyTypes = [], ingress, egress } }) => {
      if (!policyTypes.includes(side)) return [];
      const rules = side === "Ingress" ? ingress && { ingress } : egress && { egress };
      return [{ metadata, spec: { ...(podSelector && { podSelector }), policyTypes: [side], ...rules } }];
    },
  ),
});

type Declared = (connection: Connection) => boolean;

/**
 * What the edges declare, DNS, and the Kubernetes API for those who ask it: nothing else leaves a pod of the platform, and
 * nothing else reaches one.
 */
export function declared(
  { cluster, own, guarded }: Isolation,
  edges: readonly Edge[],
  apiCallers: readonly ApiCaller[] = [],
): Readonly<Record<Side, Declared>> {
  const pods = new Map(cluster.pods.map((pod) => [pod.address, pod]));
  const isOf = ({ namespace, podLabels }: OutsidePods, pod: KnownPod | undefined): boolean =>
    pod?.namespace === namespace &&
    Object.entries(podLabels).every(([key, value]) => pod.labels[key] === value);
  const comesFrom = ({ from }: Edge, source: string, side: Side): boolean => {
    if (!("outside" in from)) return isOf(from, pods.get(source));
    const { outside } = from;
    if ("everyPodOf" in outside) return pods.get(source)?.namespace === outside.everyPodOf;
    if (!("cidrs" in outside)) return isOf(outside, pods.get(source));
    // A rule for addresses admits every pod with such an address, but does not change what a platform pod may send.
    return side === "Ingress" && outside.cidrs.some((cidr) => holds(cidr, source));
  };
  const portsTo = ({ to, ports }: Edge, destination: string): readonly number[] => {
    const pod = pods.get(destination);
    if ("internet" in to) return pod === undefined && isPublicHost(destination) ? to.ports : [];
    return isOf(to, pod) ? (ports ?? Object.keys(to.ports)).flatMap((name) => to.ports[name] ?? []) : [];
  };
  // Every pair is asked about on all ports.
  const portsOfPair = (side: Side) => {
    const found = new Map<string, readonly number[]>();
    return ({ source, destination }: Connection): readonly number[] => {
      const pair = `${source} ${destination}`;
      const open =
        found.get(pair) ??
        edges.flatMap((edge) => (comesFrom(edge, source, side) ? portsTo(edge, destination) : []));
      found.set(pair, open);
      return open;
    };
  };
  const edgePorts = { Egress: portsOfPair("Egress"), Ingress: portsOfPair("Ingress") };
  const hasEdge = (side: Side, connection: Connection): boolean =>
    connection.protocol === "TCP" && edgePorts[side](connection).includes(connection.port);
  const isDns = (pod: KnownPod | undefined, { port, protocol }: Connection): boolean => {
    const dns = DNS[pod?.namespace ?? ""];
    return pod?.name === "dns" && dns?.port === port && protocol !== "SCTP";
  };
  // A rule for an address applies to every holder of it.
  const asksApi = ({ source, destination, protocol, port }: Connection): boolean =>
    protocol === "TCP" &&
    apiCallers.some(
      (caller) =>
        isOf(caller, pods.get(source)) &&
        caller.ports.includes(port) &&
        caller.cidrs.some((cidr) => holds(cidr, destination)),
    );
  const isPoliced = (pod: KnownPod | undefined): boolean => pod !== undefined && own.has(pod.namespace);
  return {
    Egress: (connection) =>
      !isPoliced(pods.get(connection.source)) ||
      hasEdge("Egress", connection) ||
      asksApi(connection) ||
      isDns(pods.get(connection.destination), connection),
    Ingress: (connection) =>
      (!isPoliced(pods.get(connection.destination)) && !guarded.has(connection.destination)) ||
      hasEdge("Ingress", connection),
  };
}

/** `llm-data/postgres-server`, or the address of the world outside. */
export function describeConnection(
  { cluster }: Isolation,
  { source, destination, protocol, port }: Connection,
): string {
  const names = new Map(cluster.pods.map((pod) => [pod.address, `${pod.namespace}/${pod.name}`]));
  return `${names.get(source) ?? source} -> ${names.get(destination) ?? destination} ${protocol} ${port}`;
}
