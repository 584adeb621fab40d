import type { WorkloadLabels } from "../labels.ts";

/** Pods of one workload, as a NetworkPolicy sees them: it selects pods by label and container port, after DNAT. */
export interface Endpoint {
  readonly namespace: string;
  readonly podLabels: WorkloadLabels;
  /** TCP container ports by name; empty for a workload that only calls others. */
  readonly ports: Readonly<Record<string, number>>;
}

/** Addresses outside the cluster. NetworkPolicies know no host names: every public address on these ports is meant (S0.47). */
export interface PublicInternet {
  readonly internet: true;
  /** TCP ports. */
  readonly ports: readonly number[];
}

/** Pods that the platform does not make: an ingress controller's. */
export interface OutsidePods {
  readonly namespace: string;
  /** At least one label: none would mean every pod of the namespace. */
  readonly podLabels: Readonly<Record<string, string>>;
}

/** Where requests come from that no workload of the platform sends: ranges of addresses (CIDR), or pods of others. */
export interface Outside {
  readonly outside: { readonly cidrs: readonly string[] } | OutsidePods;
}

/** One allowed direction of traffic: pods of `from` open connections to `to`. */
export interface WorkloadEdge {
  readonly from: Endpoint;
  readonly to: Endpoint | PublicInternet;
  /** Names in `to.ports`; all of them when left out. */
  readonly ports?: readonly string[];
}

/** A server that is asked from outside the platform. */
export interface OutsideEdge {
  readonly from: Outside;
  readonly to: Endpoint;
  /** Names in `to.ports`: what is open to the outside is always said. */
  readonly ports: readonly string[];
}

export type Edge = WorkloadEdge | OutsideEdge;
