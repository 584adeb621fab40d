import { workloadLabels } from "../../core/labels.ts";
import type { ApiServer } from "../../core/network/api-server.ts";
import type { Edge, Endpoint } from "../../core/network/endpoint.ts";
import { POSTGRES, POSTGRES_PORT } from "../endpoints.ts";

/** Name of the Cluster; its Service for the primary is `<name>-rw`. */
export const CLUSTER = POSTGRES;
export const PRIMARY_SERVICE = `${CLUSTER}-rw`;
/** Name of the operator's Helm release and chart, and of its pods' application. */
export const OPERATOR = "cloudnative-pg";

/**
 * The pods that CloudNativePG 1.30 makes, by the labels that it gives them itself, instances and Jobs alike
 * (pkg/specs/pods.go, jobs.go). One namespace holds one Cluster, so they name it. Each use has its own ports: a consumer
 * gets nothing but 5432.
 */
export function clusterEndpoints(namespace: string) {
  const pods = { namespace, podLabels: workloadLabels("postgresql", "database") };
  return {
    server: { ...pods, ports: { postgres: POSTGRES_PORT } },
    /** The instance manager: its state, and its commands for the operator. */
    manager: { ...pods, ports: { postgres: POSTGRES_PORT, status: 8000 } },
    metrics: { ...pods, ports: { metrics: 9187 } },
  } satisfies Record<string, Endpoint>;
}

/** The operator's pods. Its chart gives them the name; the component is ours (`podLabels`). */
export function operatorEndpoints(namespace: string) {
  return {
    webhook: { namespace, podLabels: workloadLabels(OPERATOR, "operator"), ports: { webhook: 9443 } },
  } satisfies Record<string, Endpoint>;
}

/** The operator that looks after a Cluster: one that the platform installs, or somebody else's. */
export interface OperatorPlace {
  readonly namespace: string;
  /** Whether the platform closes the namespace, and so has to open the ways of the operator's pods. */
  readonly isClosed: boolean;
}

/**
 * What a Cluster needs (docs/src/networking.md of CloudNativePG): the operator asks instances for their state, instances
 * replicate, a primary asks the others whether it is cut off, and the API server asks the operator's webhook. The ways
 * to the API server are no edges, since it is no pod: see network/api-server.ts.
 */
export function clusterEdges(namespace: string, operator: OperatorPlace, apiServer: ApiServer): Edge[] {
  const { manager } = clusterEndpoints(namespace);
  const ports = Object.keys(manager.ports);
  const replication: Edge = { from: manager, to: manager };
  if (!operator.isClosed) {
    // A policy that selected another's pods would close their other ways.
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
