import type { Edge } from "./endpoint.ts";

/** Arguments of {@link Network}. */
export interface NetworkArgs {
  /** Every allowed direction of traffic between workloads; what no edge names stays denied. */
  readonly edges: readonly Edge[];
  /**
   * The namespaces that deny by default: pods of others that stand there and are let in somewhere are let out, too.
   * @default none
   */
  readonly closed?: readonly string[];
}
