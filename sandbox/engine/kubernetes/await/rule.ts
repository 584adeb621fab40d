import type { KubeObject } from "../../../kubernetes/json.ts";
import { listAt, textAt } from "../../../kubernetes/json.ts";

/** When an object counts as ready, by the same conditions as in the official provider. */
export interface Rule {
  readonly timeoutSeconds: number;
  /** Kinds that the decision needs in addition to the object itself. */
  readonly related?: readonly RelatedKind[];
  readonly decide: (view: View) => Verdict;
}

export interface RelatedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface View {
  readonly object: KubeObject;
  /** The objects of a related kind in the object's namespace (all of a cluster-scoped kind). */
  readonly related: (kind: RelatedKind) => readonly KubeObject[];
}

export type Verdict =
  | { readonly state: "ready" }
  /** The object will never become ready. */
  | { readonly state: "failed"; readonly reasons: readonly string[] }
  | {
      readonly state: "waiting";
      readonly reasons: readonly string[];
      /** Counts as ready if it does not change for this time. */
      readonly settlesAfterSeconds?: number;
    };

export const READY: Verdict = { state: "ready" };

export function waiting(...reasons: readonly string[]): Verdict {
  return { state: "waiting", reasons };
}

/** Ready if nothing is missing. */
export function waitingFor(missing: readonly string[]): Verdict {
  return missing.length === 0 ? READY : waiting(...missing);
}

export interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export function condition(object: KubeObject, type: string): Condition | undefined {
  const found = listAt(object, "status", "conditions").find((entry) => entry["type"] === type);
  return (
    found && {
      status: textAt(found, "status") ?? "",
      reason: textAt(found, "reason") ?? "",
      message: textAt(found, "message") ?? "",
    }
  );
}

export function isTrue(object: KubeObject, type: string): boolean {
  return condition(object, type)?.status === "True";
}

export const PODS: RelatedKind = { apiVersion: "v1", kind: "Pod" };
export const REPLICA_SETS: RelatedKind = { apiVersion: "apps/v1", kind: "ReplicaSet" };
export const CLAIMS: RelatedKind = { apiVersion: "v1", kind: "PersistentVolumeClaim" };
export const SERVICES: RelatedKind = { apiVersion: "v1", kind: "Service" };
export const ENDPOINT_SLICES: RelatedKind = { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" };
export const STORAGE_CLASSES: RelatedKind = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass" };

export function isOwnedBy(object: KubeObject, owner: KubeObject | undefined): boolean {
  const uid = uidOf(owner);
  return uid !== undefined && ownerUids(object).includes(uid);
}

export function uidOf(object: KubeObject | undefined): string | undefined {
  return textAt(object, "metadata", "uid");
}

/** The uids in an object's `ownerReferences`. */
export function ownerUids(object: KubeObject): (string | undefined)[] {
  return listAt(object, "metadata", "ownerReferences").map((reference) => textAt(reference, "uid"));
}
