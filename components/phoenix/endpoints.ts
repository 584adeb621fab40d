import { workloadLabels } from "../core/labels.ts";
import type { DeliveryKind } from "../core/release/delivery.ts";
import type { Endpoint } from "../core/network/endpoint.ts";

/** Name of the application, its controller, its role and its database. */
export const PHOENIX = "phoenix";
/** The port of the user interface, the API, and OTLP over HTTP. */
export const PHOENIX_PORT = 6006;
/** The first administrator, whose name no setting changes: phoenix/auth.py, 20.26.1. */
export const PHOENIX_ADMIN = "admin@localhost";
/** OTLP over gRPC. */
export const PHOENIX_GRPC_PORT = 4317;
/** Prometheus metrics, if enabled. Phoenix has no setting for the port. */
export const PHOENIX_METRICS_PORT = 9090;

/** Name of the Service. The official chart appends a fixed suffix (helm/templates/_helpers.tpl). */
export function phoenixService(delivery: DeliveryKind = "manifests"): string {
  return delivery === "helm" ? `${PHOENIX}-svc` : PHOENIX;
}

/** The pods of Phoenix. */
export function phoenixEndpoints(namespace: string) {
  const podLabels = workloadLabels(PHOENIX, "server");
  return {
    server: { namespace, podLabels, ports: { http: PHOENIX_PORT, grpc: PHOENIX_GRPC_PORT } },
    metrics: { namespace, podLabels, ports: { metrics: PHOENIX_METRICS_PORT } },
  } satisfies Record<string, Endpoint>;
}
