import { Metadata, status } from "@grpc/grpc-js";
import anypb from "google-protobuf/google/protobuf/any_pb.js";
import providerpb from "@pulumi/pulumi/proto/provider_pb.js";
import statuspb from "@pulumi/pulumi/proto/status_pb.js";
import { toStruct } from "./property-marshalling.ts";
import type { PropertyMap } from "./property-values.ts";

export type FailureKind =
  "invalid" | "notFound" | "conflict" | "denied" | "unavailable" | "canceled" | "unimplemented";

const CODES: Record<FailureKind, status> = {
  invalid: status.INVALID_ARGUMENT,
  notFound: status.NOT_FOUND,
  conflict: status.FAILED_PRECONDITION,
  denied: status.PERMISSION_DENIED,
  // For the engine, UNAVAILABLE would mean that this plugin is down.
  unavailable: status.FAILED_PRECONDITION,
  canceled: status.CANCELLED,
  unimplemented: status.UNIMPLEMENTED,
};

/**
 * The operation failed and is known to have changed nothing. Any other thrown error means "state unknown": the
 * engine then keeps a pending operation in the state and warns about it.
 */
export class OperationFailed extends Error {
  override readonly name = "OperationFailed";
  readonly kind: FailureKind;
  /** The message holds nothing but addresses, and names out of a kubeconfig: it is shown as it is. */
  readonly namesOnly: boolean;
  constructor(kind: FailureKind, message: string, options: ErrorOptions & { namesOnly?: boolean } = {}) {
    super(message, options);
    this.kind = kind;
    this.namesOnly = options.namesOnly ?? false;
  }
}

/** An existing resource whose operation failed. The engine stores it, shows the reasons, and retries next time. */
export interface PartialState {
  readonly id: string;
  readonly outputs: PropertyMap;
  /** Required only from read. */
  readonly inputs?: PropertyMap;
  readonly reasons: readonly string[];
}

/** From create, update or read: the resource exists, but is not (yet) in the requested state. */
export class PartiallyDone extends Error {
  override readonly name = "PartiallyDone";
  readonly state: PartialState;
  constructor(state: PartialState, options?: ErrorOptions) {
    super(state.reasons.join("; "), options);
    this.state = state;
  }
}

export interface GrpcFailure {
  readonly code: status;
  readonly details: string;
  readonly metadata?: Metadata;
}

export function toGrpcFailure(error: unknown): GrpcFailure {
  if (error instanceof OperationFailed) return { code: CODES[error.kind], details: error.message };
  if (error instanceof PartiallyDone) return partiallyDoneFailure(error);
  // A bug of the provider. The engine shows the stack trace with the resource.
  return {
    code: status.UNKNOWN,
    details: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

function partiallyDoneFailure({ state, message }: PartiallyDone): GrpcFailure {
  const detail = new providerpb.ErrorResourceInitFailed();
  detail.setId(state.id);
  detail.setProperties(toStruct(state.outputs));
  if (state.inputs) detail.setInputs(toStruct(state.inputs));
  detail.setReasonsList([...state.reasons]);
  const any = new anypb.Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const rpcStatus = new statuspb.Status();
  rpcStatus.setCode(status.UNKNOWN);
  rpcStatus.setMessage(message);
  rpcStatus.addDetails(any);
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(rpcStatus.serializeBinary()));
  return { code: status.UNKNOWN, details: message, metadata };
}
