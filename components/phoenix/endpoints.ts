import { workloadLabels } from "../labels.ts";
import type { Endpoint } from "../network/endpoint.ts";

/** Name of the application, its Service, its StatefulSet, and its role and database. */
export const PHOENIX = "phoenix";
/** The interface, the API, and OTLP over HTTP. */
export const PHOENIX_PORT = 6006;
/** OTLP over gRPC. */
export const PHOENIX_GRPC_PORT = 4317;
/** Prometheus, where it is on: Phoenix has no setting for the number. */
export const PHOENIX_METRICS_PORT = 9090;

/** The pods of Phoenix. */
export function phoenixEndpoints(namespace: string) {
  return {
    server: {
      namespace,
      podLabels: workloadLabels(PHOENIX, "server"),
      ports: { http: PHOENIX_PORT, grpc: PHOENIX_GRPC_PORT },
    },
  } satisfies Record<string, Endpoint>;
}
