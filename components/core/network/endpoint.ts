import type { WorkloadLabels } from "../labels.ts";

/** The pods of one workload, as NetworkPolicies select them: by label and container port, after DNAT. */
export interface Endpoint {
  readonly namespace: string;
  readonly podLabels: WorkloadLabels;
  /** TCP container ports by name; empty for a workload that only calls other workloads. */
  readonly ports: Readonly<Record<string, number>>;
  /**
   * Pods that the platform does not create but protects. The policies restrict only their ingress: a first egress
   * policy would close all other egress, and what else these pods need is unknown.
   * @default the platform's own pods
   */
  readonly foreign?: true;
}

/**
 * Addresses outside the cluster. NetworkPolicies do not support host names, so all public addresses on these ports
 * are allowed.
 */
export interface PublicInternet {
  readonly internet: true;
  /** TCP ports. */
  readonly ports: readonly number[];
}

/** Pods that the platform does not create, such as an ingress controller. */
export interface OutsidePods {
  readonly namespace: string;
  /** At least one label: without labels every pod of the namespace would match. */
  readonly podLabels: Readonly<Record<string, string>>;
}

/** Every pod of a namespace, whatever its labels, because a tenant chooses its own labels. */
export interface NamespacePods {
  readonly everyPodOf: string;
}

/** The source of requests from outside the platform: address ranges (CIDR) or foreign pods. */
export interface Outside {
  readonly outside: { readonly cidrs: readonly string[] } | OutsidePods | NamespacePods;
}

/** One allowed direction of traffic: pods of `from` connect to `to`. */
interface WorkloadEdge {
  readonly from: Endpoint;
  readonly to: Endpoint | PublicInternet;
  /**
   * Names in `to.ports`.
   * @default all
   */
  readonly ports?: readonly string[];
}

/** A server that accepts requests from outside the platform. */
export interface OutsideEdge {
  readonly from: Outside;
  readonly to: Endpoint;
  /** Names in `to.ports`. Always explicit for traffic from outside. */
  readonly ports: readonly string[];
}

export type Edge = WorkloadEdge | OutsideEdge;
