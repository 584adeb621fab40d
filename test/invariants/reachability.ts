import { workloadLabels } from "../../components/core/labels.ts";
import { sortedEntries } from "../../components/core/sorted.ts";
import type { Recording } from "../harness.ts";
import {
  containersOf,
  type KubernetesObject,
  type Labels,
  type NetworkPolicySpec,
  objects,
  type Peer,
  type PodOwner,
  selects,
} from "../kubernetes.ts";
import { allPods } from "../operators.ts";

export const NAME_LABEL = "kubernetes.io/metadata.name";

export interface Policy extends KubernetesObject {
  readonly spec: NetworkPolicySpec;
}

/** Pods as policies see them, whatever creates them. */
export interface Pods {
  readonly namespace: string;
  readonly labels: Labels;
}

/** The labels that name one workload. */
const WORKLOAD_LABELS = Object.keys(workloadLabels("", ""));

export function policiesOf(recording: Recording): Policy[] {
  return objects(recording, "NetworkPolicy").map((object) => ({
    ...object,
    spec: object.manifest.spec as NetworkPolicySpec,
  }));
}

export function podName(owner: Pods): string {
  const { "app.kubernetes.io/name": name = "?", "app.kubernetes.io/component": role = "?" } = owner.labels;
  return `${owner.namespace}/${name}-${role}`;
}

export function portsOf(owner: PodOwner): number[] {
  return containersOf(owner.pod).flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort));
}

/** Kinds whose pods are members of a cluster. */
const WITH_MEMBERS = ["StatefulSet", "Cluster"];

/**
 * Every pair of pods and every port that a pod or a policy knows, asked of both sides; and the way to `foreign` servers,
 * which the platform does not make.
 */
export function allowedTraffic(recording: Recording, foreign: readonly Pods[] = []): string[] {
  const owners = allPods(recording);
  const policies = policiesOf(recording);
  const policyPorts = policies.flatMap(({ spec }) =>
    [...(spec.ingress ?? []), ...(spec.egress ?? [])].flatMap(({ ports = [] }) =>
      ports.map(({ port }) => Number(port)),
    ),
  );
  const ports = [...new Set([...owners.flatMap(portsOf), ...policyPorts, 1, 65535])];
  return owners.flatMap((from) =>
    // Members of a cluster call each other: from one pod of a workload to another of the same.
    [...owners.filter((to) => to !== from || WITH_MEMBERS.includes(from.kind)), ...foreign].flatMap(
      (to: Pods) =>
        ports
          .filter(
            (port) =>
              sideAllows(policies, "Egress", from, to, port) &&
              sideAllows(policies, "Ingress", to, from, port),
          )
          .map((port) => `${podName(from)} -> ${podName(to)}:${port}`),
    ),
  );
}

function sideAllows(
  policies: readonly Policy[],
  side: "Ingress" | "Egress",
  own: Pods,
  other: Pods,
  port: number,
) {
  const selecting = policies.filter(
    ({ namespace, spec }) =>
      namespace === own.namespace &&
      spec.policyTypes?.includes(side) === true &&
      selects(spec.podSelector.matchLabels, own.labels),
  );
  if (selecting.length === 0) return true;
  return selecting
    .flatMap(({ spec }) =>
      side === "Ingress"
        ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
        : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports })),
    )
    .some(
      ({ peers, ports }) =>
        (peers === undefined || peers.length === 0 || peers.some((peer) => matches(peer, other))) &&
        (ports === undefined || ports.length === 0 || ports.some((allowed) => allowed.port === port)),
    );
}

/** Ports that pods may reach on the internet, or on addresses that a policy names. */
export function addressTraffic(recording: Recording): string[] {
  return allPods(recording).flatMap((owner) => {
    const places = policiesOf(recording)
      .filter(
        ({ namespace, spec }) =>
          namespace === owner.namespace && selects(spec.podSelector.matchLabels, owner.labels),
      )
      .flatMap(({ spec }) => spec.egress ?? [])
      .flatMap(({ to = [], ports = [] }) =>
        to.flatMap(({ ipBlock }) =>
          ipBlock === undefined ? [] : ports.map(({ port }) => `${placeOf(ipBlock.cidr)}:${String(port)}`),
        ),
      );
    return [...new Set(places)].map((place) => `${podName(owner)} -> ${place}`);
  });
}

/** IPv4 without its exceptions, and all public IPv6 addresses. */
function placeOf(cidr: string): string {
  return ["0.0.0.0/0", "2000::/3"].includes(cidr) ? "internet" : cidr;
}

/**
 * Who besides the platform's own pods may ask which port, named as `senderName` of an edge names them. Pods of others in
 * one of the platform's namespaces have to be let out there, too. So are those of `foreign` servers asked about.
 */
export function outsideTraffic(recording: Recording, foreign: readonly Pods[] = []): string[] {
  const own = objects(recording, "Namespace").map(({ name }) => name);
  const owners = allPods(recording);
  const policies = policiesOf(recording);
  return [...owners, ...foreign].flatMap((owner: Pods) =>
    policies
      .filter(
        ({ namespace, spec }) =>
          namespace === owner.namespace && selects(spec.podSelector.matchLabels, owner.labels),
      )
      .flatMap(({ spec }) => spec.ingress ?? [])
      .flatMap(({ from = [], ports = [] }) => {
        const cidrs = from.flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : [ipBlock.cidr]));
        const outside = from.flatMap((peer) => outsidePodsOf(peer, owners));
        return ports.flatMap(({ port }) =>
          [
            ...(cidrs.length === 0 ? [] : [cidrs.join(",")]),
            ...outside
              .filter(
                (pods) =>
                  !own.includes(pods.namespace) || sideAllows(policies, "Egress", pods, owner, Number(port)),
              )
              .map(describePods),
          ].map((sender) => `outside ${sender} -> ${podName(owner)}:${String(port)}`),
        );
      }),
  );
}

/** The pods that a peer means, unless it means exactly one workload of the platform. */
function outsidePodsOf(peer: Peer, owners: readonly PodOwner[]): Pods[] {
  const namespace = peer.namespaceSelector?.matchLabels?.[NAME_LABEL];
  if (namespace === undefined) return [];
  const labels = peer.podSelector?.matchLabels ?? {};
  const isWorkload = WORKLOAD_LABELS.every((label) => label in labels);
  return isWorkload && owners.some((owner) => matches(peer, owner)) ? [] : [{ namespace, labels }];
}

function describePods({ namespace, labels }: Pods): string {
  const texts = sortedEntries(labels).map(([key, value]) => `${key}=${value}`);
  return `${namespace}/${texts.join(",") || "*"}`;
}

/** Whether a peer of a rule means pods. */
export function matches(peer: Peer, owner: Pods): boolean {
  return (
    peer.ipBlock === undefined &&
    selects(peer.namespaceSelector?.matchLabels, { [NAME_LABEL]: owner.namespace }) &&
    selects(peer.podSelector?.matchLabels, owner.labels)
  );
}
