import { isDeepStrictEqual } from "node:util";
import type { OutsidePods } from "../../components/core/network/endpoint.ts";
import { endpointName, senderName } from "../../components/core/network/render-policies.ts";
import { edgesOf } from "../../stacks/plan.ts";
import type { Recording } from "../harness.ts";
import {
  containersOf,
  describeObject,
  fileSources,
  type Labels,
  objects,
  type Peer,
  type PodOwner,
  type PolicyPort,
  selects,
} from "../kubernetes.ts";
import { allPods, madePods } from "../operators.ts";
import { apiCallers, foreignServers, kyvernoNamespace, openNamespaces, outsidePods } from "./exceptions.ts";
import type { Invariant } from "./invariant.ts";
import {
  addressTraffic,
  allowedTraffic,
  matches,
  NAME_LABEL,
  outsideTraffic,
  podName,
  type Policy,
  policiesOf,
  portsOf,
} from "./reachability.ts";

/** The exact policies of every namespace: default deny, and the DNS of the cluster (docs/references.md#dns-egress). */
export const namespacesDenyByDefault: Invariant = ({ recording, config }) =>
  objects(recording, "Namespace").flatMap((namespace) => {
    const policies = policiesOf(recording).filter((policy) => policy.namespace === namespace.name);
    const deny = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
    const dnsPeer = (name: string, podLabels: Labels, port: number) => ({
      to: [
        {
          namespaceSelector: { matchLabels: { [NAME_LABEL]: name } },
          podSelector: { matchLabels: podLabels },
        },
      ],
      ports: [
        { protocol: "UDP", port },
        { protocol: "TCP", port },
      ],
    });
    const dns = {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        dnsPeer("kube-system", { "k8s-app": "kube-dns" }, 53),
        dnsPeer("openshift-dns", { "dns.operator.openshift.io/daemonset-dns": "default" }, 5353),
      ],
    };
    // What lets every pod of a tenant out is what `trafficIsWhatEdgesSay` looks at.
    const isOpen = openNamespaces(config).includes(namespace.name);
    // Every pod of Kyverno calls the API server: `trafficIsWhatEdgesSay` looks at that, too.
    const expected = isOpen || kyvernoNamespace(config) === namespace.name ? 3 : 2;
    const forAllPods = policies.filter(({ spec }) => Object.keys(spec.podSelector).length === 0);
    return [
      ...(forAllPods.some(({ spec }) => isDeepStrictEqual(spec, deny)) ? [] : ["no default deny"]),
      ...(forAllPods.some(({ spec }) => isDeepStrictEqual(spec, dns)) ? [] : ["no DNS rule"]),
      ...(forAllPods.length === expected ? [] : [`${forAllPods.length} policies for all pods`]),
    ].map((problem) => `Namespace ${namespace.name}: ${problem}`);
  });

/** A namespace enforces less than restricted only with a reason, and violations of restricted are still reported. */
export const namespacesEnforceRestricted: Invariant = ({ recording }) =>
  objects(recording, "Namespace").flatMap(({ name, manifest: { metadata } }) => {
    const { labels = {}, annotations = {} } = metadata;
    const reason = annotations["llm-platform/pod-security-reason"]?.trim() ?? "";
    return ["enforce", "audit", "warn"]
      .filter((mode) => {
        const level = labels[`pod-security.kubernetes.io/${mode}`] ?? "";
        const isReasoned = mode === "enforce" && ["baseline", "privileged"].includes(level) && reason !== "";
        return level !== "restricted" && !isReasoned;
      })
      .map((mode) => `Namespace ${name} does not ${mode} Pod Security restricted, and does not say why`);
  });

/**
 * A policy that selects nothing protects nothing; one that selects two workloads allows one what the other needs. Pods of
 * others are there when they have the labels that the configuration names: exactly those, and nothing else, may be missing.
 */
export const policiesSelectOneWorkload: Invariant = ({ recording, config }) => {
  const outside = [...outsidePods(config), ...foreignServers(config)];
  return policiesOf(recording)
    .filter(({ spec }) => Object.keys(spec.podSelector).length > 0)
    .filter((policy) => !outside.some((pods) => isOf(policy, pods)))
    .flatMap((policy) => {
      const selected = allPods(recording).filter(
        (owner) =>
          owner.namespace === policy.namespace && selects(policy.spec.podSelector.matchLabels, owner.labels),
      );
      return selected.length === 1
        ? []
        : [`${describeObject(policy)} selects ${selected.map(describeObject).join(", ") || "nothing"}`];
    });
};

/** Whether a policy is about exactly the pods that an edge from outside names. */
function isOf({ namespace, spec }: Policy, pods: OutsidePods): boolean {
  return namespace === pods.namespace && isDeepStrictEqual(spec.podSelector.matchLabels, pods.podLabels);
}

/** In a NetworkPolicy, what is left out or empty means "all": every rule says who and which port. */
export const rulesNameBothPeersAndPorts: Invariant = ({ recording, config }) => {
  const open = openNamespaces(config);
  return policiesOf(recording).flatMap((policy) => {
    const { ingress = [], egress = [] } = policy.spec;
    const rules = [
      ...ingress.map(({ from, ports }) => ({ peers: from, ports })),
      ...egress.map(({ to, ports }) => ({ peers: to, ports })),
    ];
    return rules
      .flatMap(({ peers = [], ports = [] }) => [
        ...(peers.length === 0 ? ["a rule for every address"] : []),
        ...(ports.length === 0 ? ["a rule for every port"] : []),
        ...ports
          .filter(({ port, endPort }) => typeof port !== "number" || endPort !== undefined)
          .map((port) => `the port ${JSON.stringify(port)}`),
        ...peers.filter((peer) => !isNarrow(peer, open)).map((peer) => `the peer ${JSON.stringify(peer)}`),
      ])
      .map((problem) => `${describeObject(policy)} has ${problem}`);
  });
};

/** Pods of one namespace by their labels, or all of a namespace that an edge names. */
function isNarrow({ ipBlock, namespaceSelector, podSelector }: Peer, open: readonly string[]): boolean {
  if (ipBlock !== undefined) return true;
  const namespace = namespaceSelector?.matchLabels?.[NAME_LABEL];
  if (namespace === undefined) return false;
  return Object.keys(podSelector?.matchLabels ?? {}).length > 0 || open.includes(namespace);
}

/** Peers inside the stack are pods that exist, on ports that they have. */
export const peersExist: Invariant = ({ recording, config }) => {
  const outside = outsidePods(config);
  const open = openNamespaces(config);
  const foreign = foreignServers(config);
  const own = objects(recording, "Namespace").map(({ name }) => name);
  return policiesOf(recording).flatMap((policy) => {
    const { ingress = [], egress = [] } = policy.spec;
    const named = [
      ...ingress.flatMap(({ from = [], ports = [] }) =>
        from.map((peer) => ({ peer, ports, server: undefined })),
      ),
      ...egress.flatMap(({ to = [], ports = [] }) => to.map((peer) => ({ peer, ports, server: peer }))),
    ];
    return named.flatMap(({ peer, ports, server }) => {
      const namespace = peer.namespaceSelector?.matchLabels?.[NAME_LABEL];
      if (namespace === undefined || (!own.includes(namespace) && isDns(ports))) return [];
      const isPeer = (named: OutsidePods): boolean =>
        named.namespace === namespace && isDeepStrictEqual(named.podLabels, peer.podSelector?.matchLabels);
      const isOutside =
        server === undefined
          ? outside.some(isPeer) || (open.includes(namespace) && isDeepStrictEqual(peer.podSelector, {}))
          : foreign.some(isPeer);
      const pods = allPods(recording).filter((owner) => matches(peer, owner));
      // The server's side: the peer of an egress rule, the policy's own pods for an ingress rule.
      const servers =
        server === undefined
          ? allPods(recording).filter(
              (owner) =>
                owner.namespace === policy.namespace &&
                selects(policy.spec.podSelector.matchLabels, owner.labels),
            )
          : pods;
      const served = [
        ...servers.flatMap(portsOf),
        ...foreign
          .filter((named) => (server === undefined ? isOf(policy, named) : isPeer(named)))
          .flatMap(({ ports: theirs }) => Object.values(theirs)),
      ];
      return [
        ...(pods.length === 0 && !isOutside
          ? [`the peer ${JSON.stringify(peer)}, which selects nothing`]
          : []),
        ...ports
          .filter(({ port }) => !served.includes(Number(port)))
          .map(({ port }) => `the port ${String(port)}, which no pod there has`),
      ].map((problem) => `${describeObject(policy)} has ${problem}`);
    });
  });
};

function isDns(ports: readonly PolicyPort[]): boolean {
  return ports.every(({ port }) => port === 53 || port === 5353);
}

/** What the policies let through, both sides taken together, is what the edges declare: nothing more, nothing less. */
export const trafficIsWhatEdgesSay: Invariant = ({ recording, config }) => {
  const edges = edgesOf(config).flatMap((edge) => {
    const from = senderName(edge);
    if ("internet" in edge.to) return edge.to.ports.map((port) => `${from} -> internet:${port}`);
    const { to } = edge;
    return (edge.ports ?? Object.keys(to.ports)).map(
      (port) => `${from} -> ${endpointName(to)}:${String(to.ports[port])}`,
    );
  });
  const asks = apiCallers(config).flatMap(({ namespace, podLabels, cidrs, ports }) =>
    cidrs.flatMap((cidr) =>
      ports.map((port) => `${podName({ namespace, labels: podLabels })} -> ${cidr}:${port}`),
    ),
  );
  const declared = [...edges, ...asks];
  const foreign = foreignServers(config).map(({ namespace, podLabels }) => ({
    namespace,
    labels: podLabels,
  }));
  const allowed = [
    ...allowedTraffic(recording, foreign),
    ...addressTraffic(recording),
    ...outsideTraffic(recording, foreign),
  ];
  return [
    ...allowed
      .filter((traffic) => !declared.includes(traffic))
      .map((traffic) => `no edge declares ${traffic}`),
    ...declared
      .filter((traffic) => !allowed.includes(traffic))
      .map((traffic) => `the policies deny ${traffic}`),
  ];
};

/** Egress to the internet never includes addresses of clusters and clouds, such as the metadata service. */
export const internetLeavesPrivateAddressesOut: Invariant = ({ recording, config }) => {
  const named = apiCallers(config).flatMap(({ cidrs }) => cidrs);
  const needed = [
    "169.254.0.0/16",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "127.0.0.0/8",
  ];
  return policiesOf(recording).flatMap((policy) =>
    (policy.spec.egress ?? [])
      .flatMap(({ to }) => to ?? [])
      .flatMap(({ ipBlock }) => {
        if (ipBlock === undefined || ["2000::/3", ...named].includes(ipBlock.cidr)) return [];
        const missing = needed.filter((range) => ipBlock.except?.includes(range) !== true);
        return ipBlock.cidr === "0.0.0.0/0" && missing.length === 0
          ? []
          : [`${describeObject(policy)} allows ${ipBlock.cidr} without excepting ${missing.join(", ")}`];
      }),
  );
};

/** An address of the stack in a pod's environment, arguments or mounted files has an edge, and an edge has such an address. */
export const edgesAreUsed: Invariant = ({ recording, config }) => {
  const elsewhere = foreignServers(config).map(({ namespace }) => namespace);
  const owners = allPods(recording);
  const made = madePods(recording);
  const services = [
    ...objects(recording, "Service").map(({ name, namespace, manifest }) => ({
      ...{ name, namespace },
      ...(manifest.spec as { selector: Labels }),
    })),
    ...made.flatMap(({ namespace, labels, services: names }) =>
      names.map((name) => ({ name, namespace, selector: labels })),
    ),
  ];
  const named = owners.flatMap((owner) =>
    textsOf(recording, owner)
      .flatMap((text) => [...text.matchAll(/([a-z0-9-]+)\.([a-z0-9-]+)\.svc\b/g)])
      .flatMap(([host, name, namespace]) => {
        const service = services.find(
          (candidate) => candidate.name === name && candidate.namespace === namespace,
        );
        // The Service of a foreign server, which is unknown here.
        if (service === undefined && elsewhere.includes(namespace ?? "")) return [];
        if (service === undefined) return [`${podName(owner)} -> ${host}, which is no Service`];
        return owners
          .filter(
            (candidate) => candidate.namespace === namespace && selects(service.selector, candidate.labels),
          )
          .filter((server) => server !== owner || !isAlone(owner))
          .map((server) => `${podName(owner)} -> ${podName(server)}`);
      }),
  );
  const used = [
    ...named,
    ...made.flatMap((pods) => pods.calls.map((server) => `${podName(pods)} -> ${server}`)),
  ];
  const open = allowedTraffic(recording).map((traffic) => traffic.replace(/:\d+$/, ""));
  return [
    ...used.filter((traffic) => !open.includes(traffic)).map((traffic) => `used but denied: ${traffic}`),
    ...open.filter((traffic) => !used.includes(traffic)).map((traffic) => `allowed but not used: ${traffic}`),
  ];
};

/** What a pod reads in clear. */
function textsOf(recording: Recording, { pod, namespace }: PodOwner): string[] {
  const mounted = (pod.volumes ?? []).flatMap(fileSources).filter(({ kind }) => kind === "ConfigMap");
  return [
    ...containersOf(pod).flatMap(({ env = [], args = [], command = [] }) => [
      ...env.map(({ value = "" }) => value),
      ...args,
      ...command,
    ]),
    ...objects(recording, "ConfigMap")
      .filter((object) => object.namespace === namespace && mounted.some(({ name }) => name === object.name))
      .flatMap(({ manifest }) => Object.values(manifest.data ?? {})),
  ];
}

/** A single pod that calls itself by its Service: no policy stands between a pod and itself. */
function isAlone(owner: PodOwner): boolean {
  const { replicas } = owner.manifest.spec as { replicas?: number };
  return owner.kind === "StatefulSet" && replicas === 1;
}
