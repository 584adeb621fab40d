// A cluster for the analysers of network policies: the workloads of a recorded program, and everybody who might want in.
import type { Edge, Endpoint } from "../../components/network/endpoint.ts";
import { isPublicHost } from "../../components/network/public-addresses.ts";
import type { ClusterState, KnownPod, Labels, Policy } from "../../sandbox/live/network-policy/objects.ts";
import type { Recording } from "../harness.ts";
import { containersOf, objects, podOwners } from "../kubernetes.ts";
import { NAME_LABEL, podName, policiesOf } from "../invariants/reachability.ts";
import { boundaryAddresses, boundaryPorts, type Connection } from "./analysers/question.ts";

export interface Isolation {
  readonly cluster: ClusterState;
  /** Namespaces of the platform: what is in any other is not its matter. */
  readonly own: ReadonlySet<string>;
}

type Pod = Omit<KnownPod, "address">;

const dnsPorts = (port: number): Pod["ports"] => [
  { name: "dns", containerPort: port, protocol: "UDP" },
  { name: "dns-tcp", containerPort: port, protocol: "TCP" },
  { name: "metrics", containerPort: 9153, protocol: "TCP" },
];

/** The DNS of the cluster by the labels of its pods (S0.46), by namespace. */
const DNS: Readonly<Record<string, { readonly labels: Labels; readonly port: number }>> = {
  "kube-system": { labels: { "k8s-app": "kube-dns" }, port: 53 },
  "openshift-dns": { labels: { "dns.operator.openshift.io/daemonset-dns": "default" }, port: 5353 },
};

export function isolationOf(recording: Recording): Isolation {
  const own = new Set(objects(recording, "Namespace").map(({ name }) => name));
  const workloads = podOwners(recording).map((owner): Pod => ({
    namespace: owner.namespace,
    name: podName(owner).split("/")[1] ?? "",
    labels: owner.labels,
    ports: containersOf(owner.pod).flatMap(({ ports = [] }) =>
      ports.map(({ name, containerPort, protocol }) => ({
        name,
        containerPort,
        protocol: protocol as "TCP" | "UDP" | "SCTP",
      })),
    ),
  }));
  const stranger = (namespace: string, name: string, labels: Labels = {}): Pod => ({
    namespace,
    name,
    labels,
    ports: [],
  });
  const pods: Pod[] = [
    ...workloads,
    // Replicas of one workload have nothing to say to each other, unless an edge says so.
    ...workloads.map((pod) => ({ ...pod, name: `${pod.name}-2` })),
    ...[...own].map((namespace) => stranger(namespace, "newcomer")),
    // One label of a workload's two is not enough, neither are all of them in another namespace.
    ...workloads.flatMap(({ namespace, name, labels }) =>
      ["name", "component"].map((part) => {
        const key = `app.kubernetes.io/${part}`;
        return stranger(namespace, `${name}-by-${part}`, { [key]: labels[key] ?? "" });
      }),
    ),
    ...workloads.map(({ namespace, name, labels }) => stranger("default", `${namespace}-${name}`, labels)),
    stranger("kube-system", "other"),
    stranger("openshift-dns", "other"),
    ...Object.entries(DNS).map(([namespace, { labels }]) =>
      stranger("default", `dns-of-${namespace}`, labels),
    ),
    ...Object.entries(DNS).map(([namespace, { labels, port }]) => ({
      namespace,
      name: "dns",
      labels,
      ports: dnsPorts(port),
    })),
  ];
  const labelsOf = new Map(
    objects(recording, "Namespace").map(({ name, manifest }) => [name, manifest.metadata.labels ?? {}]),
  );
  return {
    own,
    cluster: {
      pods: pods.map((pod, index) => ({ ...pod, address: `10.244.0.${index + 2}` })),
      // The API server itself sets the label of the name.
      namespaces: new Map(
        [...own, "default", ...Object.keys(DNS)].map((name) => [
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

/** Every pair with a pod of the platform in it, on every boundary port, and the world in both directions. */
export function connectionsOf({ cluster, own }: Isolation): Connection[] {
  const ports = boundaryPorts(cluster);
  const inside = cluster.pods.filter(({ namespace }) => own.has(namespace));
  const world = [...boundaryAddresses(cluster), ...ADDRESSES];
  const pairs = [
    ...cluster.pods.flatMap((source) =>
      cluster.pods
        .filter((other) => other !== source && (own.has(source.namespace) || own.has(other.namespace)))
        .map((other) => [source.address, other.address] as const),
    ),
    ...inside.flatMap(({ address }) =>
      world.flatMap((other) => [[address, other] as const, [other, address] as const]),
    ),
  ];
  return pairs.flatMap(([source, destination]) =>
    (["TCP", "UDP", "SCTP"] as const).flatMap((protocol) =>
      ports.map((port) => ({ source, destination, protocol, port })),
    ),
  );
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

/** What the edges declare, and DNS: nothing else leaves a pod of the platform, and nothing else reaches one. */
export function declared(
  { cluster, own }: Isolation,
  edges: readonly Edge[],
): Readonly<Record<Side, Declared>> {
  const pods = new Map(cluster.pods.map((pod) => [pod.address, pod]));
  const isOf = ({ namespace, podLabels }: Endpoint, pod: KnownPod | undefined): boolean =>
    pod?.namespace === namespace &&
    Object.entries(podLabels).every(([key, value]) => pod.labels[key] === value);
  const leadsTo = ({ to, ports }: Edge, { destination, port }: Connection): boolean => {
    const pod = pods.get(destination);
    if ("internet" in to) return pod === undefined && to.ports.includes(port) && isPublicHost(destination);
    return isOf(to, pod) && (ports ?? Object.keys(to.ports)).some((name) => to.ports[name] === port);
  };
  const isDns = (pod: KnownPod | undefined, { port, protocol }: Connection): boolean => {
    const dns = DNS[pod?.namespace ?? ""];
    return pod?.name === "dns" && dns?.port === port && protocol !== "SCTP";
  };
  const isPoliced = (pod: KnownPod | undefined): boolean => pod !== undefined && own.has(pod.namespace);
  const hasEdge = (connection: Connection): boolean =>
    connection.protocol === "TCP" &&
    edges.some((edge) => isOf(edge.from, pods.get(connection.source)) && leadsTo(edge, connection));
  return {
    Egress: (connection) =>
      !isPoliced(pods.get(connection.source)) ||
      hasEdge(connection) ||
      isDns(pods.get(connection.destination), connection),
    Ingress: (connection) => !isPoliced(pods.get(connection.destination)) || hasEdge(connection),
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
