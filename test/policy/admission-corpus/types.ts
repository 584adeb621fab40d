// One request to an API server, and what becomes of it.
import type { Operation } from "../../../components/admission/policy.ts";
import type { PolicyKey } from "../../../components/admission/policies/index.ts";

/** An object as it is sent. Its name is made from the case's. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
    readonly [field: string]: unknown;
  };
  readonly spec?: unknown;
  readonly [field: string]: unknown;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Who asks, as `kubectl --as` takes it. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

export interface AdmissionCase {
  readonly name: string;
  readonly operation: Operation;
  /** What is asked is `<resource>/<subresource>`. */
  readonly subresource?: "status" | "finalize" | "ephemeralcontainers";
  /** As it would be; of a DELETE, as it is. */
  readonly object: Manifest;
  /** As it is before an UPDATE. */
  readonly before?: Manifest;
  /** @default a developer, who may do everything but relabel namespaces */
  readonly as?: User;
  readonly expected: "allowed" | { readonly denied: PolicyKey };
  /**
   * Why an engine without an API server cannot decide: the API server itself changes the object before it asks (its
   * defaults), or the answer needs the cluster's own authorization.
   */
  readonly needsApiServer?: string;
}
