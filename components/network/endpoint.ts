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

/** One allowed direction of traffic: pods of `from` open connections to `to`. */
export interface Edge {
  readonly from: Endpoint;
  readonly to: Endpoint | PublicInternet;
  /** Names in `to.ports`; all of them when left out. */
  readonly ports?: readonly string[];
}
