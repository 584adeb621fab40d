import { workloadLabels } from "../core/labels.ts";
import type { Endpoint } from "../core/network/endpoint.ts";

/** Name of the application, its Service, its StatefulSet and its cluster. */
export const NATS = "nats";
/** Where clients connect. */
export const NATS_PORT = 4222;
/** Health and metrics over HTTP, without a password: only what an edge names gets there. */
export const NATS_MONITOR_PORT = 8222;
/** Where the servers of a cluster connect to each other. */
export const NATS_CLUSTER_PORT = 6222;

/** The pods of a NATS server. */
export function natsEndpoints(namespace: string) {
  const podLabels = workloadLabels(NATS, "server");
  return {
    server: {
      namespace,
      podLabels,
      ports: { client: NATS_PORT, monitor: NATS_MONITOR_PORT, cluster: NATS_CLUSTER_PORT },
    },
    metrics: { namespace, podLabels, ports: { monitor: NATS_MONITOR_PORT } },
  } satisfies Record<string, Endpoint>;
}
