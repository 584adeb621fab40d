import type { Edge } from "./endpoint.ts";

/** Arguments of {@link Network}. */
export interface NetworkArgs {
  /** Every allowed direction of traffic between workloads. All other traffic stays denied. */
  readonly edges: readonly Edge[];
  /**
   * The namespaces that deny by default. Foreign pods in these namespaces that may reach a platform server also get
   * an egress rule.
   * @default none
   */
  readonly closed?: readonly string[];
}
