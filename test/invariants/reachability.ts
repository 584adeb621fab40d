import { sortedEntries } from "../../components/sorted.ts";
import type { Recording } from "../harness.ts";
import {
  containersOf,
  type KubernetesObject,
  type Labels,
  type NetworkPolicySpec,
  objects,
  type Peer,
  type PodOwner,
  podOwners,
  selects,
} from "../kubernetes.ts";

export const NAME_LABEL = "kubernetes.io/metadata.name";

export interface Policy extends KubernetesObject {
  readonly spec: NetworkPolicySpec;
}

export function policiesOf(recording: Recording): Policy[] {
  return objects(recording, "NetworkPolicy").map((object) => ({
    ...object,
    spec: object.manifest.spec as NetworkPolicySpec,
  }));
}

export function podName(owner: { readonly namespace: string; readonly labels: Labels }): string {
  const { "app.kubernetes.io/name": name = "?", "app.kubernetes.io/component": role = "?" } = owner.labels;
  return `${owner.namespace}/${name}-${role}`;
}

export function portsOf(owner: PodOwner): number[] {
  return containersOf(owner.pod).flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort));
}

/** Every pair of pods and every port that a pod or a policy knows, asked of both sides. */
export function allowedTraffic(recording: Recording): string[] {
  const owners = podOwners(recording);
  const policies = policiesOf(recording);
  const policyPorts = policies.flatMap(({ spec }) =>
    [...(spec.ingress ?? []), ...(spec.egress ?? [])].flatMap(({ ports = [] }) =>
      ports.map(({ port }) => Number(port)),
    ),
  );
  const ports = [...new Set([...owners.flatMap(portsOf), ...policyPorts, 1, 65535])];
  return owners.flatMap((from) =>
    owners
      // Members of a cluster call each other: from one pod of a workload to another of the same.
      .filter((to) => to !== from || from.kind === "StatefulSet")
      .flatMap((to) =>
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
  own: PodOwner,
  other: PodOwner,
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

/** Ports that pods may reach on the internet. */
export function internetTraffic(recording: Recording): string[] {
  return podOwners(recording).flatMap((owner) => {
    const ports = policiesOf(recording)
      .filter(
        ({ namespace, spec }) =>
          namespace === owner.namespace && selects(spec.podSelector.matchLabels, owner.labels),
      )
      .flatMap(({ spec }) => spec.egress ?? [])
      .filter(({ to = [] }) => to.some(({ ipBlock }) => ipBlock !== undefined))
      .flatMap((rule) => rule.ports ?? []);
    return [...new Set(ports.map(({ port }) => `${podName(owner)} -> internet:${String(port)}`))];
  });
}

/** Who besides the platform's own pods may ask which port, named as `senderName` of an edge names them. */
export function outsideTraffic(recording: Recording): string[] {
  const own = objects(recording, "Namespace").map(({ name }) => name);
  return podOwners(recording).flatMap((owner) =>
    policiesOf(recording)
      .filter(
        ({ namespace, spec }) =>
          namespace === owner.namespace && selects(spec.podSelector.matchLabels, owner.labels),
      )
      .flatMap(({ spec }) => spec.ingress ?? [])
      .flatMap(({ from = [], ports = [] }) => {
        const sender = outsideSender(from, own);
        if (sender === undefined) return [];
        return ports.map(({ port }) => `outside ${sender} -> ${podName(owner)}:${String(port)}`);
      }),
  );
}

function outsideSender(peers: readonly Peer[], own: readonly string[]): string | undefined {
  const cidrs = peers.flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : [ipBlock.cidr]));
  if (cidrs.length > 0) return cidrs.join(",");
  const [peer] = peers;
  const namespace = peer?.namespaceSelector?.matchLabels?.[NAME_LABEL];
  if (namespace === undefined || own.includes(namespace)) return undefined;
  const labels = sortedEntries(peer?.podSelector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return `${namespace}/${labels.join(",")}`;
}

/** Whether a peer of a rule means the pods of a controller. */
export function matches(peer: Peer, owner: PodOwner): boolean {
  return (
    peer.ipBlock === undefined &&
    selects(peer.namespaceSelector?.matchLabels, { [NAME_LABEL]: owner.namespace }) &&
    selects(peer.podSelector?.matchLabels, owner.labels)
  );
}
