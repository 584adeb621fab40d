import { isDeepStrictEqual } from "node:util";
import { objectLabels } from "../labels.ts";
import { byFirst, sortedEntries } from "../sorted.ts";
import type {
  Edge,
  Endpoint,
  NamespacePods,
  Outside,
  OutsideEdge,
  OutsidePods,
  PublicInternet,
} from "./endpoint.ts";
import { NOT_PUBLIC_IPV4, PUBLIC_IPV6 } from "./public-addresses.ts";

interface PolicyPort {
  protocol: "TCP" | "UDP";
  port: number;
}

type Peer =
  | { ipBlock: { cidr: string; except?: string[] } }
  | {
      namespaceSelector: { matchLabels: Record<string, string> };
      podSelector: PodSelector;
    };

/** Matches every pod if it has no labels. */
interface PodSelector {
  matchLabels?: Readonly<Record<string, string>>;
}

interface IngressRule {
  from: Peer[];
  ports: PolicyPort[];
}

interface EgressRule {
  to: Peer[];
  ports: PolicyPort[];
}

/** One NetworkPolicy: all allowed traffic of one workload, or egress of foreign pods. */
export interface WorkloadPolicy {
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  spec: {
    podSelector: PodSelector;
    policyTypes: ("Ingress" | "Egress")[];
    /** Absent if the policy covers only the other direction. */
    ingress?: IngressRule[];
    egress?: EgressRule[];
  };
}

/** A policy under construction. */
interface Draft {
  readonly metadata: WorkloadPolicy["metadata"];
  readonly podSelector: PodSelector;
  readonly policyTypes: WorkloadPolicy["spec"]["policyTypes"];
  readonly ingress: IngressRule[];
  readonly egress: EgressRule[];
}

/**
 * The NetworkPolicies for the edges: one per workload, sorted by name. Each edge becomes an egress rule of the
 * caller and an ingress rule of the server. Default deny and DNS are part of the namespace.
 *
 * An edge from outside becomes only an ingress rule of the server, unless its sender is a foreign pod in a `closed`
 * namespace: the default deny there applies to that pod as well. In any other namespace, a policy would be the
 * first for the pod and would deny all its other traffic. For the same reason the policy of a foreign server covers
 * only ingress.
 *
 * @param closed the namespaces that deny by default
 * @throws Error with every edge without a port, with a port that its server does not have, or with a sender that
 *   needs a policy which the platform must not write.
 */
export function renderPolicies(edges: readonly Edge[], closed: readonly string[] = []): WorkloadPolicy[] {
  const problems = edges.flatMap((edge) => [...unknownPorts(edge), ...openSenders(edge)]);
  if (problems.length > 0) throw new Error(`invalid edges:\n${problems.join("\n")}`);

  const rules = new Map<string, Draft>();
  const rulesOf = (draft: Omit<Draft, "ingress" | "egress">): Draft => {
    const key = `${draft.metadata.namespace}/${draft.metadata.name}`;
    const found = rules.get(key) ?? { ...draft, ingress: [], egress: [] };
    // Names are built from labels: "a-b" and "c" give the same name as "a" and "b-c". Without this check, the
    // second workload would have no policy.
    if (!isDeepStrictEqual([found.podSelector, found.policyTypes], [draft.podSelector, draft.policyTypes]))
      throw new Error(`invalid edges:\n  ${key} would select two kinds of pods`);
    rules.set(key, found);
    return found;
  };
  const rulesOfWorkload = (endpoint: Endpoint): Draft => {
    const { namespace, podLabels, foreign } = endpoint;
    const { "app.kubernetes.io/name": application, "app.kubernetes.io/component": role } = podLabels;
    return rulesOf({
      metadata: { name: policyName(endpoint), namespace, labels: objectLabels(application, role) },
      podSelector: { matchLabels: podLabels },
      policyTypes: foreign === true ? ["Ingress"] : ["Ingress", "Egress"],
    });
  };
  const rulesOfOutside = (pods: OutsidePods | NamespacePods): Draft => {
    const name = outsidePolicyName(pods);
    const { namespace, podSelector } = podsSelected(pods);
    return rulesOf({
      metadata: { name, namespace, labels: objectLabels(name) },
      podSelector,
      // The default deny of a whole namespace is a separate policy.
      policyTypes: "everyPodOf" in pods ? ["Egress"] : ["Ingress", "Egress"],
    });
  };

  for (const edge of edges) {
    if (isFromOutside(edge)) {
      const ports = edgePorts(edge.to, edge.ports).map(tcp);
      rulesOfWorkload(edge.to).ingress.push({ from: outsidePeers(edge.from), ports });
      const { outside } = edge.from;
      if (!("cidrs" in outside) && closed.includes(podsSelected(outside).namespace))
        rulesOfOutside(outside).egress.push({ to: [podsOf(edge.to)], ports });
    } else if (isInternet(edge.to)) {
      const ports = edge.to.ports.map(tcp);
      rulesOfWorkload(edge.from).egress.push({
        to: [{ ipBlock: { cidr: "0.0.0.0/0", except: NOT_PUBLIC_IPV4 } }, { ipBlock: { cidr: PUBLIC_IPV6 } }],
        ports,
      });
    } else {
      const ports = edgePorts(edge.to, edge.ports).map(tcp);
      rulesOfWorkload(edge.from).egress.push({ to: [podsOf(edge.to)], ports });
      rulesOfWorkload(edge.to).ingress.push({ from: [podsOf(edge.from)], ports });
    }
  }

  return [...rules.entries()].sort(byFirst).map(([, draft]) => policyOf(draft));
}

/** `namespace/application-role`: the name of an endpoint in tables and messages. */
export function endpointName(endpoint: Endpoint): string {
  return `${endpoint.namespace}/${policyName(endpoint)}`;
}

/** The name of the caller in tables and messages. */
export function senderName(edge: Edge): string {
  if (!isFromOutside(edge)) return endpointName(edge.from);
  const { outside } = edge.from;
  if ("cidrs" in outside) return `outside ${outside.cidrs.join(",")}`;
  if ("everyPodOf" in outside) return `outside ${outside.everyPodOf}/*`;
  const labels = sortedEntries(outside.podLabels).map(([key, value]) => `${key}=${value}`);
  return `outside ${outside.namespace}/${labels.join(",")}`;
}

/** Whether an edge starts outside the platform. The platform does not manage the policies of such a sender. */
export function isFromOutside(edge: Edge): edge is OutsideEdge {
  return "outside" in edge.from;
}

function policyName(endpoint: Endpoint): string {
  return `${endpoint.podLabels["app.kubernetes.io/name"]}-${endpoint.podLabels["app.kubernetes.io/component"]}`;
}

/** `outside-` and the values of the labels that select the pods, as a valid object name. */
function outsidePolicyName(pods: OutsidePods | NamespacePods): string {
  if ("everyPodOf" in pods) return "outside";
  const values = sortedEntries(pods.podLabels).map(([, value]) =>
    value.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
  );
  return ["outside", ...values].join("-");
}

function isInternet(target: Endpoint | PublicInternet): target is PublicInternet {
  return "internet" in target;
}

function podsSelected(pods: OutsidePods | NamespacePods): { namespace: string; podSelector: PodSelector } {
  return "everyPodOf" in pods
    ? { namespace: pods.everyPodOf, podSelector: {} }
    : { namespace: pods.namespace, podSelector: { matchLabels: pods.podLabels } };
}

function policyOf({ metadata, podSelector, policyTypes, ingress, egress }: Draft): WorkloadPolicy {
  return {
    metadata,
    spec: {
      podSelector,
      policyTypes,
      ...(policyTypes.includes("Ingress") ? { ingress } : {}),
      ...(policyTypes.includes("Egress") ? { egress } : {}),
    },
  };
}

function podsOf(pods: OutsidePods | NamespacePods): Peer {
  const { namespace, podSelector } = podsSelected(pods);
  return {
    // The API server sets this label on every namespace, so it cannot be forged.
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    podSelector,
  };
}

function outsidePeers({ outside }: Outside): Peer[] {
  return "cidrs" in outside ? outside.cidrs.map((cidr) => ({ ipBlock: { cidr } })) : [podsOf(outside)];
}

function edgePorts(to: Endpoint, names: readonly string[] | undefined): number[] {
  return Object.entries(to.ports)
    .filter(([name]) => names?.includes(name) ?? true)
    .map(([, port]) => port)
    .sort((a, b) => a - b);
}

function unknownPorts(edge: Edge): string[] {
  // In a NetworkPolicy an empty list of ports means "all", for a server and for the internet.
  if (isInternet(edge.to)) {
    return edge.to.ports.length > 0 ? [] : [`  ${senderName(edge)} -> internet: it names no port`];
  }
  const { to } = edge;
  const known = Object.keys(to.ports);
  const named = edge.ports ?? known;
  if (named.length === 0) return [`  ${senderName(edge)} -> ${endpointName(to)}: it serves no port`];
  return named
    .filter((name) => !known.includes(name))
    .map(
      (name) =>
        `  ${senderName(edge)} -> ${endpointName(to)}: no port "${name}", it has ${known.join(", ") || "none"}`,
    );
}

/** In a NetworkPolicy no peer means every source, and no label means every pod. */
function openSenders(edge: Edge): string[] {
  if (!isFromOutside(edge)) {
    const target = isInternet(edge.to) ? "internet" : endpointName(edge.to);
    return edge.from.foreign === true
      ? [`  ${senderName(edge)} -> ${target}: the platform does not manage the egress of foreign pods`]
      : [];
  }
  const { outside } = edge.from;
  return isSomebody(outside) ? [] : [`  outside -> ${endpointName(edge.to)}: it has no sender`];
}

function isSomebody(outside: Outside["outside"]): boolean {
  if ("cidrs" in outside) return outside.cidrs.length > 0;
  return "everyPodOf" in outside ? outside.everyPodOf !== "" : Object.keys(outside.podLabels).length > 0;
}

function tcp(port: number): PolicyPort {
  return { protocol: "TCP", port };
}
