import { workloadLabels } from "../core/labels.ts";
import type { Edge, Endpoint } from "../core/network/endpoint.ts";

/** Name of the application, the Service, the StatefulSet and the pods (`etcd-0`). */
export const ETCD = "etcd";
/** The client port: gRPC alone. */
export const ETCD_PORT = 2379;
/**
 * The JSON gateway for the Job that configures the users. etcd serves metrics and variables on each HTTP port without a
 * password, so no user can reach this one.
 */
export const ETCD_GATEWAY_PORT = 2381;
/** The peer port of the members. It requires no password. */
export const ETCD_PEER_PORT = 2380;
/** Health and metrics over HTTP, without a password. */
export const ETCD_METRICS_PORT = 8080;

/** The pods of an etcd cluster, as seen by each kind of caller, and of the Job that configures its users. */
export function etcdEndpoints(namespace: string) {
  const podLabels = workloadLabels(ETCD, "server");
  return {
    server: { namespace, podLabels, ports: { client: ETCD_PORT } },
    gateway: { namespace, podLabels, ports: { gateway: ETCD_GATEWAY_PORT } },
    peers: { namespace, podLabels, ports: { peer: ETCD_PEER_PORT } },
    metrics: { namespace, podLabels, ports: { metrics: ETCD_METRICS_PORT } },
    users: { namespace, podLabels: workloadLabels(ETCD, "users"), ports: {} },
  } satisfies Record<string, Endpoint>;
}

/** The traffic between the members. The edges of clients are declared with the clients. */
export function etcdEdges(namespace: string, members: number): Edge[] {
  const { server, gateway, peers, users } = etcdEndpoints(namespace);
  return [{ from: users, to: gateway }, ...(members === 1 ? [] : [{ from: server, to: peers }])];
}
