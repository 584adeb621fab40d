import { workloadLabels } from "../core/labels.ts";
import type { Endpoint } from "../core/network/endpoint.ts";

/** Name of the application, the Service, the StatefulSet and the cluster. */
export const NATS = "nats";
/** The client port. */
export const NATS_PORT = 4222;
/** Health and metrics over HTTP, without a password. Only callers with an edge can reach it. */
export const NATS_MONITOR_PORT = 8222;
/** The port between the servers of a cluster. */
export const NATS_CLUSTER_PORT = 6222;

/** The pods of a NATS server, and of the Job that makes its streams. */
export function natsEndpoints(namespace: string) {
  const podLabels = workloadLabels(NATS, "server");
  return {
    server: {
      namespace,
      podLabels,
      ports: { client: NATS_PORT, monitor: NATS_MONITOR_PORT, cluster: NATS_CLUSTER_PORT },
    },
    streams: { namespace, podLabels: workloadLabels(NATS, "streams"), ports: {} },
    metrics: { namespace, podLabels, ports: { monitor: NATS_MONITOR_PORT } },
  } satisfies Record<string, Endpoint>;
}
