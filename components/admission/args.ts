import type { Mode } from "./policy.ts";
import type { PolicyKey, PolicyParameters } from "./policies/index.ts";

/** Arguments of {@link Admission}. */
export interface AdmissionArgs extends PolicyParameters {
  /**
   * What enforces the policies: the API server, or Kyverno with the kind of policy that its version supports.
   * Kyverno must exist first: use `dependsOn`.
   */
  readonly engine: "native" | "ValidatingPolicy" | "ClusterPolicy";
  /** How strict each policy is. */
  readonly modes: Readonly<Record<PolicyKey, Mode>>;
}
