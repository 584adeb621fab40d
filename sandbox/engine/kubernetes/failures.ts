import { OperationFailed, PartiallyDone } from "../shared/errors.ts";
import type { FailureKind } from "../shared/errors.ts";
import { ApiError, isRbacDenial } from "./api-error.ts";
import { Unreachable } from "../../kubernetes/http.ts";
import { KubeconfigError } from "../../kubernetes/kubeconfig.ts";

/**
 * Converts any error of an operation to a message with a fix. The operation changed nothing. An error after a write is a
 * PartiallyDone. ../shared/redacted-provider.ts removes secrets from all messages.
 */
export function toFailure(error: unknown, what: string, signal: AbortSignal): Error {
  if (error instanceof OperationFailed || error instanceof PartiallyDone) return error;
  // Node's abort errors contain only "The operation was aborted".
  if (signal.aborted) return signal.reason as Error;
  if (error instanceof Unreachable)
    return new OperationFailed("unavailable", error.message, { cause: error, namesOnly: true });
  if (error instanceof KubeconfigError)
    return new OperationFailed("invalid", error.message, { cause: error, namesOnly: true });
  if (error instanceof ApiError) {
    return new OperationFailed(kindOf(error), `${what}: ${describe(error)}`, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new OperationFailed("invalid", `${what}: ${message}`, { cause: error });
}

function kindOf({ status }: ApiError): FailureKind {
  if (status === 401 || status === 403) return "denied";
  if (status === 404) return "notFound";
  return status === 409 ? "conflict" : "invalid";
}

/** The server's message, with one line for each of several causes, and the fix if it is known. */
export function describe(error: ApiError): string {
  if (error.status === 401) {
    return "the API server does not accept the credentials of the kubeconfig (401): they may have expired";
  }
  const several = error.causes.length > 1 && error.status === 422;
  const lines = several ? error.causes.map(({ field, message }) => `\n  - ${field}: ${message}`) : [];
  const head = several ? error.message.replace(/: \[[\s\S]*$/, ":") : error.message;
  const hint = isRbacDenial(error)
    ? "\nThe kubeconfig's user lacks this permission: bind a role that has it, or use another user."
    : "";
  return `${head}${lines.join("")}${hint}`;
}
