import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { handleUnaryCall, ServerUnaryCall } from "@grpc/grpc-js";
import { toGrpcFailure } from "./errors.ts";

// grpc-js refuses messages above 4 MB; the engine itself allows 400 MB (large charts, whole schemas).
const MESSAGE_LIMIT_BYTES = 400 * 1024 * 1024;

export const GRPC_OPTIONS = {
  "grpc.max_receive_message_length": MESSAGE_LIMIT_BYTES,
  "grpc.max_send_message_length": MESSAGE_LIMIT_BYTES,
};

export function newServer(): Server {
  return new Server(GRPC_OPTIONS);
}

/** Starts listening on this machine only; resolves to the port that the system chose. */
export function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}

/** A gRPC handler from an async function; what it throws becomes the right status. */
export function unary<Request, Response>(
  handler: (request: Request, call: ServerUnaryCall<Request, Response>) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    handler(call.request, call).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toGrpcFailure(error)),
    );
  };
}
