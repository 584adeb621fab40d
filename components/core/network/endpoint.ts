import type { WorkloadLabels } from "../labels.ts";

/** Pods of one workload, as a NetworkPolicy sees them: it selects pods by label and container port, after DNAT. */
export interface Endpoint {
  readonly namespace: string;
  readonly podLabels: WorkloadLabels;
  /** TCP container ports by name; empty for a workload that only calls others. */
  readonly ports: Readonly<Record<string, number>>;
  /**
   * Somebody else's pods, which the platform's policies guard all the same: these say who reaches them, and never whom
   * they reach. A first policy closes all that it does not name, and what they need besides is not known here.
   * @default the platform's own pods
   */
  readonly foreign?: true;
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

/** Every pod of a namespace, whatever its labels: a tenant runs there what he likes. */
export interface NamespacePods {
  readonly everyPodOf: string;
}

/** Where requests come from that no workload of the platform sends: ranges of addresses (CIDR), or pods of others. */
export interface Outside {
  readonly outside: { readonly cidrs: readonly string[] } | OutsidePods | NamespacePods;
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
