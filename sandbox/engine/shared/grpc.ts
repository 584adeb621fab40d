import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { handleUnaryCall, ServerUnaryCall } from "@grpc/grpc-js";
import { toGrpcFailure } from "./errors.ts";

// grpc-js rejects messages above 4 MB. The engine allows 400 MB, for large charts and schemas.
const MESSAGE_LIMIT_BYTES = 400 * 1024 * 1024;

export const GRPC_OPTIONS = {
  "grpc.max_receive_message_length": MESSAGE_LIMIT_BYTES,
  "grpc.max_send_message_length": MESSAGE_LIMIT_BYTES,
};

export function newServer(): Server {
  return new Server(GRPC_OPTIONS);
}

/** Listens only on the loopback. @returns the port that the system chose */
export function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}

/** Converts an async function to a gRPC handler, and its errors to gRPC statuses. */
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
