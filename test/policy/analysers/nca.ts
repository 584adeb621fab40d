// PyPI network-config-analyzer (sandbox/tools/nca.ts), asked for the connections of all clusters in one run.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  ClusterState,
  KnownPod,
  Peer,
  Requirement,
} from "../../../sandbox/live/network-policy/objects.ts";
import type { Nca as NcaProgram } from "../../../sandbox/tools/nca.ts";
import { withLabels, withoutEmptyValues, withPeers, withPolicyTypes } from "./adaptations.ts";
import { holds } from "./addresses.ts";
import { parseConnections, type Row } from "./nca-output.ts";
import { adapted, type Analyser, type Difference, type Question } from "./question.ts";
import { run } from "./run.ts";

const policyTypes: Difference = {
  what: "takes an empty list of egress rules for a policy about egress, where no types are given",
  shownBy: ["no types, an empty list of egress"],
  adapt: withPolicyTypes,
};

/** A name of a pod as a label: what replaces its address. */
const podLabel = "asked-as-pod";
const labelOf = ({ namespace, name }: KnownPod): string => `${namespace}.${name}`;

const ipBlocks: Difference = {
  what: "knows no addresses of pods, so that an ipBlock never holds one",
  shownBy: ["an ipBlock that holds pods"],
  adapt: (cluster) => ({
    ...cluster,
    pods: cluster.pods.map((pod) => ({ ...pod, labels: { ...pod.labels, [podLabel]: labelOf(pod) } })),
    policies: cluster.policies.map((policy) => withPeers(policy, (peer) => [peer, ...podsIn(peer, cluster)])),
  }),
};

function podsIn({ ipBlock }: Peer, { pods }: ClusterState): Peer[] {
  if (ipBlock === undefined) return [];
  const { cidr, except = [] } = ipBlock;
  return pods
    .filter(({ address }) => holds(cidr, address) && !except.some((block) => holds(block, address)))
    .map((pod) => ({ namespaceSelector: {}, podSelector: { matchLabels: { [podLabel]: labelOf(pod) } } }));
}

/** A label that says whether another is there. */
const isThere = (key: string): string => `${key}.is-there`;

/** PeerContainer.get_peers_with_key is called with the namespace of the policy, whatever the peer's own selector says. */
const existence: Difference = {
  what: "evaluates Exists and DoesNotExist of pods only in the policy's own namespace, also if a peer selects others",
  shownBy: ["Exists, of pods of other namespaces", "DoesNotExist, of pods of other namespaces"],
  adapt: (cluster) => {
    const keys = new Set<string>();
    const rewrite = (requirement: Requirement): Requirement => {
      const { key, operator } = requirement;
      if (operator !== "Exists" && operator !== "DoesNotExist") return requirement;
      keys.add(key);
      return { key: isThere(key), operator: "In", values: [operator === "Exists" ? "yes" : "no"] };
    };
    const policies = cluster.policies.map((policy) =>
      withPeers(policy, (peer) => {
        const { podSelector, namespaceSelector } = peer;
        const requirements = podSelector?.matchExpressions;
        if (namespaceSelector === undefined || requirements === undefined) return [peer];
        return [{ ...peer, podSelector: { ...podSelector, matchExpressions: requirements.map(rewrite) } }];
      }),
    );
    return {
      policies,
      ...withLabels(cluster, keys, (key, labels) => [isThere(key), key in labels ? "yes" : "no"]),
    };
  },
};

const emptyValues: Difference = {
  what: "takes a label of a namespace with an empty value for one that is missing",
  shownBy: ["an empty value, of namespaces"],
  adapt: withoutEmptyValues,
};

const strayRules: Difference = {
  what: "refuses rules of a direction that the types leave out",
  shownBy: ["no types, an empty list of egress", "rules of a direction that the types leave out"],
  adapt: (cluster) => ({
    ...cluster,
    policies: cluster.policies.map((policy) => {
      const { ingress, egress, ...spec } = policy.spec;
      const { policyTypes = [] } = spec;
      const has = (type: "Ingress" | "Egress"): boolean =>
        policyTypes.length === 0 || policyTypes.includes(type);
      return {
        ...policy,
        spec: {
          ...spec,
          ...(ingress && has("Ingress") && { ingress }),
          ...(egress && has("Egress") && { egress }),
        },
      };
    }),
  }),
};

export const ncaDifferences: readonly Difference[] = [
  policyTypes,
  strayRules,
  emptyValues,
  ipBlocks,
  existence,
];

export class Nca implements Analyser {
  readonly #nca: NcaProgram;

  constructor(nca: NcaProgram) {
    this.#nca = nca;
  }

  async judge(
    questions: readonly Question[],
    differences: readonly Difference[] = ncaDifferences,
  ): Promise<boolean[][]> {
    const folder = mkdtempSync(join(tmpdir(), "llm-platform-nca-"));
    try {
      questions.forEach(({ cluster }, index) => {
        const objects = objectsOf(adapted(cluster, differences), index);
        const documents = objects.map((object) => JSON.stringify(object));
        writeFileSync(join(folder, `cluster-${index}.yaml`), documents.join("\n---\n"));
      });
      const names = questions.map((_, index) => `cluster-${index}`);
      const scheme = {
        networkConfigList: names.map((name) => ({ name, resourceList: [`${name}.yaml`] })),
        queries: names.map((name) => ({
          name,
          connectivityMap: [name],
          outputConfiguration: {
            outputFormat: "txt_no_fw_rules",
            outputEndpoints: "pods",
            // Otherwise IPv6 is there only where a policy names it, and what is missing would read as closed.
            excludeIPv6Range: false,
            outputPath: join(folder, `${name}.txt`),
          },
        })),
      };
      writeFileSync(join(folder, "scheme.yaml"), JSON.stringify(scheme));
      await run(this.#nca.program, [...this.#nca.args, "--scheme", join(folder, "scheme.yaml")], {
        env: this.#nca.env,
      });
      return questions.map((question, index) =>
        answers(question, index, readFileSync(join(folder, `cluster-${index}.txt`), "utf8")),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

/** Pods of the same name in two clusters of one run would be one pod to it, with the ports of the first. */
const uniqueName = ({ namespace, name }: KnownPod, index: number): string => `${namespace}/${name}.${index}`;

function answers({ cluster, connections }: Question, index: number, output: string): boolean[] {
  const rows = parseConnections(output);
  const pods = new Map(cluster.pods.map((pod) => [pod.address, uniqueName(pod, index)]));
  const isEnd = (end: string, address: string): boolean => {
    const pod = pods.get(address);
    return pod === undefined ? !end.includes("/") && holds(end, address) : end === pod;
  };
  const byEnds = new Map<string, Row[]>();
  return connections.map(({ source, destination, protocol, port }) => {
    const key = `${source} ${destination}`;
    const found =
      byEnds.get(key) ??
      rows.filter((row) => isEnd(row.source, source) && isEnd(row.destination, destination));
    byEnds.set(key, found);
    return found.some(({ allows }) => allows(protocol, port));
  });
}

/** What `kubectl get` would show it. */
function objectsOf({ policies, pods, namespaces }: ClusterState, index: number): object[] {
  return [
    ...[...namespaces].map(([name, labels]) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels },
    })),
    ...pods.map((pod) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { namespace: pod.namespace, name: uniqueName(pod, index).split("/")[1], labels: pod.labels },
      spec: { containers: [{ name: "main", image: "none", ports: pod.ports }] },
    })),
    ...policies.map((policy) => ({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", ...policy })),
  ];
}
