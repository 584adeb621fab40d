import { workloadLabels } from "../../core/labels.ts";
import type { ApiServer } from "../../core/network/api-server.ts";
import type { Edge, Endpoint } from "../../core/network/endpoint.ts";
import { POSTGRES, POSTGRES_PORT } from "../endpoints.ts";

/** Name of the Cluster. Its Service for the primary is `<name>-rw`. */
export const CLUSTER = POSTGRES;
export const PRIMARY_SERVICE = `${CLUSTER}-rw`;
/** Name of the operator's Helm release and chart, and of its application. */
export const OPERATOR = "cloudnative-pg";

/**
 * The pods that CloudNativePG 1.30 creates, instances and Jobs, by the labels that it sets (pkg/specs/pods.go,
 * jobs.go). A namespace contains one Cluster, so the labels identify it. Each purpose has its own ports: a consumer
 * reaches only 5432.
 */
export function clusterEndpoints(namespace: string) {
  const pods = { namespace, podLabels: workloadLabels("postgresql", "database") };
  return {
    server: { ...pods, ports: { postgres: POSTGRES_PORT } },
    /** The instance manager: status, and commands of the operator. */
    manager: { ...pods, ports: { postgres: POSTGRES_PORT, status: 8000 } },
    metrics: { ...pods, ports: { metrics: 9187 } },
  } satisfies Record<string, Endpoint>;
}

/** The pods of the operator. The chart sets the name; the platform sets the component (`podLabels`). */
export function operatorEndpoints(namespace: string) {
  return {
    webhook: { namespace, podLabels: workloadLabels(OPERATOR, "operator"), ports: { webhook: 9443 } },
  } satisfies Record<string, Endpoint>;
}

/** The operator of a Cluster: installed by the platform, or existing. */
export interface OperatorPlace {
  readonly namespace: string;
  /** Whether the platform closes the namespace, and so has to open the traffic of the operator. */
  readonly isClosed: boolean;
}

/**
 * The traffic that a Cluster needs (docs/src/networking.md in cloudnative-pg/cloudnative-pg): the operator reads
 * the state of instances, instances replicate, a primary asks the others whether it is isolated, and the API server
 * calls the operator's webhook. Access to the API server is not an edge, because the API server is not a pod: see
 * network/api-server.ts.
 */
export function clusterEdges(namespace: string, operator: OperatorPlace, apiServer: ApiServer): Edge[] {
  const { manager } = clusterEndpoints(namespace);
  const ports = Object.keys(manager.ports);
  const replication: Edge = { from: manager, to: manager };
  if (!operator.isClosed) {
    // A policy that selects foreign pods would close their other traffic.
    const outside = { namespace: operator.namespace, podLabels: { "app.kubernetes.io/name": OPERATOR } };
    return [{ from: { outside }, to: manager, ports }, replication];
  }
  const { webhook } = operatorEndpoints(operator.namespace);
  return [
    { from: webhook, to: manager },
    replication,
    { from: { outside: { cidrs: apiServer.cidrs } }, to: webhook, ports: Object.keys(webhook.ports) },
  ];
}
