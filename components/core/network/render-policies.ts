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

/** Without labels: every pod. */
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

/** One NetworkPolicy: everything that one workload may receive and send, or what pods of others send. */
export interface WorkloadPolicy {
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  spec: {
    podSelector: PodSelector;
    policyTypes: ("Ingress" | "Egress")[];
    /** Absent where the policy is about those alone who go out, or come in. */
    ingress?: IngressRule[];
    egress?: EgressRule[];
  };
}

/** A policy that is being gathered. */
interface Draft {
  readonly metadata: WorkloadPolicy["metadata"];
  readonly podSelector: PodSelector;
  readonly policyTypes: WorkloadPolicy["spec"]["policyTypes"];
  readonly ingress: IngressRule[];
  readonly egress: EgressRule[];
}

/**
 * The NetworkPolicies that edges ask for: one a workload, sorted by name; egress on the caller's side and ingress on
 * the server's side of each edge, nothing else. Default deny and DNS belong to the namespace.
 *
 * An edge from outside has the server's side alone, but for pods of others in one of the `closed` namespaces: what denies
 * everything there denies them, too. Anywhere else a policy would be the first, and would deny them all the rest. For the
 * same reason the policy of a foreign server is about ingress alone (S4.24).
 *
 * @param closed the namespaces that deny by default
 * @throws Error that names every edge without a port, or with one that its server does not have, or without a sender whom
 *   a policy may speak for.
 */
export function renderPolicies(edges: readonly Edge[], closed: readonly string[] = []): WorkloadPolicy[] {
  const problems = edges.flatMap((edge) => [...unknownPorts(edge), ...openSenders(edge)]);
  if (problems.length > 0) throw new Error(`edges that do not fit:\n${problems.join("\n")}`);

  const rules = new Map<string, Draft>();
  const rulesOf = (draft: Omit<Draft, "ingress" | "egress">): Draft => {
    const key = `${draft.metadata.namespace}/${draft.metadata.name}`;
    const found = rules.get(key) ?? { ...draft, ingress: [], egress: [] };
    // Names are made of labels: "a-b" and "c" make that of "a" and "b-c", and the second would go unguarded.
    if (!isDeepStrictEqual([found.podSelector, found.policyTypes], [draft.podSelector, draft.policyTypes]))
      throw new Error(`edges that do not fit:\n  ${key} would be the policy of two kinds of pods`);
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
      // What closes a whole namespace is one policy alone.
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

/** `namespace/application-role`: how an endpoint is called in tables and messages. */
export function endpointName(endpoint: Endpoint): string {
  return `${endpoint.namespace}/${policyName(endpoint)}`;
}

/** Who asks, as tables and messages call them. */
export function senderName(edge: Edge): string {
  if (!isFromOutside(edge)) return endpointName(edge.from);
  const { outside } = edge.from;
  if ("cidrs" in outside) return `outside ${outside.cidrs.join(",")}`;
  if ("everyPodOf" in outside) return `outside ${outside.everyPodOf}/*`;
  const labels = sortedEntries(outside.podLabels).map(([key, value]) => `${key}=${value}`);
  return `outside ${outside.namespace}/${labels.join(",")}`;
}

/** Whether an edge begins outside the platform: its sender's own policies are not the platform's. */
export function isFromOutside(edge: Edge): edge is OutsideEdge {
  return "outside" in edge.from;
}

function policyName(endpoint: Endpoint): string {
  return `${endpoint.podLabels["app.kubernetes.io/name"]}-${endpoint.podLabels["app.kubernetes.io/component"]}`;
}

/** `outside-` and the values of the labels that select the pods, as an object can be called. */
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
    // Set by the API server itself on every namespace, so nobody can label a namespace into this rule.
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
  // An empty list of ports means "all" in a NetworkPolicy, of a server and of the internet alike.
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

/** In a NetworkPolicy no peer means everybody, and no label every pod. */
function openSenders(edge: Edge): string[] {
  if (!isFromOutside(edge)) {
    const target = isInternet(edge.to) ? "internet" : endpointName(edge.to);
    return edge.from.foreign === true
      ? [`  ${senderName(edge)} -> ${target}: whom another's pods reach is not the platform's to say`]
      : [];
  }
  const { outside } = edge.from;
  return isSomebody(outside) ? [] : [`  outside -> ${endpointName(edge.to)}: it names no sender`];
}

function isSomebody(outside: Outside["outside"]): boolean {
  if ("cidrs" in outside) return outside.cidrs.length > 0;
  return "everyPodOf" in outside ? outside.everyPodOf !== "" : Object.keys(outside.podLabels).length > 0;
}

function tcp(port: number): PolicyPort {
  return { protocol: "TCP", port };
}
