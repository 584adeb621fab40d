import type { Mode } from "./policy.ts";
import type { PolicyKey, PolicyParameters } from "./policies/index.ts";

/** Arguments of {@link Admission}. */
export interface AdmissionArgs extends PolicyParameters {
  /**
   * Who enforces: the API server itself, or Kyverno, by the kind of policy that its version takes. Kyverno has to be there
   * before: `dependsOn`.
   */
  readonly engine: "native" | "ValidatingPolicy" | "ClusterPolicy";
  /** How strict each policy is. */
  readonly modes: Readonly<Record<PolicyKey, Mode>>;
}
