// Every way to weaken or narrow each network policy by one step.
import type {
  ClusterState,
  Peer,
  Policy,
  PolicyPort,
  Selector,
} from "../../sandbox/live/network-policy/objects.ts";
import type { Side } from "./isolation-cluster.ts";
import { NAME_LABEL } from "../invariants/reachability.ts";

export interface Mutant {
  readonly what: string;
  /** What it was made of. */
  readonly policy: Policy;
  /** The side that it is about; both, where nothing is said. */
  readonly side?: Side;
  readonly cluster: ClusterState;
  /** Why the difference cannot be detected. */
  readonly sameAs?: string;
}

type Spec = Policy["spec"];
interface Rule {
  readonly peers?: readonly Peer[];
  readonly ports?: readonly PolicyPort[];
}
interface Change<T> extends Pick<Mutant, "what" | "side" | "sameAs"> {
  /** Undefined removes it. */
  readonly value: T | undefined;
}

export function mutantsOf(cluster: ClusterState): Mutant[] {
  return cluster.policies.flatMap((policy) => {
    const { namespace, name } = policy.metadata;
    const others = cluster.policies.filter((other) => other !== policy);
    const changes: Change<Spec>[] = [
      { what: "is gone", value: undefined },
      ...selectorChanges(policy.spec.podSelector ?? {}).map(({ what, value = {} }) => ({
        what: `selects ${what}`,
        value: { ...policy.spec, podSelector: value },
      })),
      ...typeChanges(
        policy.spec,
        others.filter((other) => other.metadata.namespace === namespace),
      ),
      ...ruleChanges(policy),
    ];
    return changes.map(({ what, value, ...rest }) => ({
      what: `${namespace}/${name} ${what}`,
      policy,
      cluster: { ...cluster, policies: [...others, ...(value ? [{ ...policy, spec: value }] : [])] },
      ...rest,
    }));
  });
}

const without = <T>(list: readonly T[], index: number): T[] => list.toSpliced(index, 1);

function selectorChanges({ matchLabels = {} }: Selector): Change<Selector>[] {
  const labels = Object.entries(matchLabels);
  return [
    ...labels.map(([key]) => ({
      what: `whatever its ${key}`,
      value: { matchLabels: Object.fromEntries(labels.filter(([other]) => other !== key)) },
    })),
    { what: "no pod", value: { matchLabels: { ...matchLabels, none: "yes" } } },
  ];
}

/** A direction that another policy of the namespace closes for the same pods stays closed. */
function typeChanges(spec: Spec, neighbours: readonly Policy[]): Change<Spec>[] {
  const { policyTypes = [], ingress = [], egress = [] } = spec;
  const isClosed = (type: Side): boolean =>
    neighbours.some(
      (other) =>
        Object.keys(other.spec.podSelector ?? {}).length === 0 &&
        other.spec.policyTypes?.includes(type) === true,
    );
  const missing = (["Ingress", "Egress"] as const).filter((type) => !policyTypes.includes(type));
  if (missing.length > 0) {
    return missing.map((type) => ({
      what: `speaks about ${type}, too`,
      side: type,
      value: { ...spec, policyTypes: [...policyTypes, type] },
      ...(isClosed(type) && { sameAs: "another policy closes it" }),
    }));
  }
  return policyTypes.map((type) => {
    const rules = type === "Ingress" ? ingress : egress;
    const closes = isClosed(type);
    return {
      what: `does not speak about ${type}`,
      side: type,
      value: { ...spec, policyTypes: policyTypes.filter((other) => other !== type) },
      ...(rules.length === 0 && closes && { sameAs: "another policy closes it" }),
    };
  });
}

function ruleChanges({ metadata, spec }: Policy): Change<Spec>[] {
  const ingress = (spec.ingress ?? []).map(({ from: peers, ports }): Rule => ({
    ...(peers && { peers }),
    ...(ports && { ports }),
  }));
  const egress = (spec.egress ?? []).map(({ to: peers, ports }): Rule => ({
    ...(peers && { peers }),
    ...(ports && { ports }),
  }));
  const changesOf = (
    rules: readonly Rule[],
    side: Side,
    build: (rules: readonly Rule[]) => Spec,
  ): Change<Spec>[] =>
    rules.flatMap((rule, index) =>
      changesOfRule(rule, metadata.namespace).map(({ what, value, ...rest }) => ({
        side,
        what: `${side} rule ${index + 1} ${what}`,
        value: build(value ? rules.with(index, value) : without(rules, index)),
        ...rest,
      })),
    );
  return [
    ...changesOf(ingress, "Ingress", (rules) => ({
      ...spec,
      ingress: rules.map(({ peers, ports }) => ({ ...(peers && { from: peers }), ...(ports && { ports }) })),
    })),
    ...changesOf(egress, "Egress", (rules) => ({
      ...spec,
      egress: rules.map(({ peers, ports }) => ({ ...(peers && { to: peers }), ...(ports && { ports }) })),
    })),
  ];
}

function changesOfRule(rule: Rule, namespace: string): Change<Rule>[] {
  const { peers = [], ports = [] } = rule;
  return [
    { what: "is gone", value: undefined },
    { what: "is for everybody", value: { ports } },
    { what: "is for every port", value: { peers } },
    ...ports.flatMap((port, index) =>
      portChanges(port)
        .map(({ what, value }) => ({
          what: `port ${index + 1} ${what}`,
          // An empty list would be every port, which has a mutant of its own.
          value: { peers, ports: value ? ports.with(index, value) : without(ports, index) },
        }))
        .filter(({ value }) => value.ports.length > 0),
    ),
    ...peers.flatMap((peer, index) =>
      peerChanges(peer, namespace)
        .map(({ what, value, ...rest }) => ({
          what: `peer ${index + 1} ${what}`,
          value: { ports, peers: value ? peers.with(index, value) : without(peers, index) },
          ...rest,
        }))
        .filter(({ value }) => value.peers.length > 0),
    ),
  ];
}

function portChanges(port: PolicyPort): Change<PolicyPort>[] {
  const number = Number(port.port);
  return [
    { what: "is gone", value: undefined },
    { what: "is the next one", value: { ...port, port: number + 1 } },
    { what: "is two ports", value: { ...port, endPort: number + 1 } },
    {
      what: "is of another protocol",
      value: { ...port, protocol: port.protocol === "UDP" ? "SCTP" : "UDP" },
    },
    { what: "is all of its protocol", value: port.protocol ? { protocol: port.protocol } : {} },
  ];
}

function peerChanges(peer: Peer, namespace: string): Change<Peer>[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const isOwn = namespaceSelector?.matchLabels?.[NAME_LABEL] === namespace;
  return [
    { what: "is gone", value: undefined },
    ...(podSelector && namespaceSelector
      ? [
          { what: "is in any namespace", value: { podSelector, namespaceSelector: {} } },
          {
            what: "names no namespace",
            value: { podSelector },
            ...(isOwn && { sameAs: "it is in the namespace of the policy" }),
          },
          {
            what: "is any pod of its namespace",
            value: { namespaceSelector },
            ...(Object.keys(podSelector).length === 0 && { sameAs: "it is every pod already" }),
          },
          ...selectorChanges(podSelector).map(({ what, value = {} }) => ({
            what: `selects ${what}`,
            value: { namespaceSelector, podSelector: value },
          })),
        ]
      : []),
    ...(ipBlock
      ? (ipBlock.except ?? []).map((block, index, except) => ({
          what: `does not except ${block}`,
          value: { ipBlock: { ...ipBlock, except: without(except, index) } },
        }))
      : []),
  ];
}
