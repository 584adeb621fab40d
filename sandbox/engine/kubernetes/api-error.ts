import { listAt, textAt } from "../../kubernetes/json.ts";
import type { Json } from "../../kubernetes/json.ts";

export interface Cause {
  readonly reason: string;
  readonly message: string;
  /** `.spec.replicas`, `spec.template.spec.containers[0].image`, … */
  readonly field: string;
}

/** A rejection by the API server: its Status object as an error. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** NotFound, AlreadyExists, Invalid, Forbidden, Conflict, … */
  readonly reason: string;
  /** The resource in the details: the plural of a kind. */
  readonly kind: string;
  readonly causes: readonly Cause[];

  constructor(status: number, body: Json | undefined) {
    super(textAt(body, "message") ?? (typeof body === "string" ? body.trim() : `HTTP ${status}`));
    this.status = status;
    this.reason = textAt(body, "reason") ?? "";
    this.kind = textAt(body, "details", "kind") ?? "";
    this.causes = listAt(body, "details", "causes").map((cause) => ({
      reason: textAt(cause, "reason") ?? "",
      message: textAt(cause, "message") ?? "",
      field: textAt(cause, "field") ?? "",
    }));
  }
}

function isApiError(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

export function isNotFound(error: unknown): error is ApiError {
  return isApiError(error, 404);
}

export function isNamespaceMissing(error: unknown): error is ApiError {
  return isApiError(error, 404) && error.kind === "namespaces";
}

export function isConflict(error: unknown): error is ApiError {
  return isApiError(error, 409) && error.causes.some((cause) => cause.reason === "FieldManagerConflict");
}

/** A rejection by RBAC. Quotas and admission also answer 403, but not with "cannot VERB resource". */
export function isRbacDenial(error: unknown): error is ApiError {
  return isApiError(error, 403) && /\bcannot \S+ resource\b/.test(error.message);
}

/**
 * An unknown field. Server-side apply answers 500 with only the first one. Other writes answer 400 with all of them.
 */
export function isUnknownField(error: unknown): error is ApiError {
  return (
    (isApiError(error, 500) && error.message.includes("field not declared in schema")) ||
    (isApiError(error, 400) && error.message.includes("strict decoding error"))
  );
}

/** Fields that cannot be changed in place. The denial of a policy is also a 422 and can contain the word "forbidden". */
export function isImmutable(error: unknown): error is ApiError {
  if (!isApiError(error, 422) || error.message.includes("denied request")) return false;
  return IMMUTABLE.test(error.message);
}

const IMMUTABLE = new RegExp(
  [
    "immutable",
    "updates to .* are forbidden", // StatefulSet, StorageClass
    "pod updates may not change fields other than",
    "may not change once set", // Service clusterIP
    "may not be changed in an update", // PriorityClass
    "cannot change roleRef",
  ].join("|"),
);
