import { workloadLabels } from "../core/labels.ts";
import type { Edge, Endpoint } from "../core/network/endpoint.ts";

/** Name of the application, the release, and the chart's objects. */
export const ONEPASSWORD = "onepassword";
/** The port of the Connect API, which the chart serves without TLS. */
export const CONNECT_PORT = 8080;

/** How the operator reaches 1Password: directly with a service account, or through its own Connect server. */
export type OnePasswordMode = "service-account" | "connect";

/** The pods of the operator and, in Connect mode, of the Connect server. */
export function onePasswordEndpoints(namespace: string) {
  return {
    operator: { namespace, podLabels: workloadLabels(ONEPASSWORD, "operator"), ports: {} },
    connect: { namespace, podLabels: workloadLabels(ONEPASSWORD, "connect"), ports: { api: CONNECT_PORT } },
  } satisfies Record<string, Endpoint>;
}

/**
 * The pods that reach 1Password on 443: NetworkPolicies do not support host names. Access to the Kubernetes API is
 * not an edge, because the API server is not a pod: the component allows it.
 */
export function onePasswordEdges(namespace: string, mode: OnePasswordMode): Edge[] {
  const { operator, connect } = onePasswordEndpoints(namespace);
  const hosts = { internet: true, ports: [443] } as const;
  return mode === "service-account"
    ? [{ from: operator, to: hosts }]
    : [
        { from: operator, to: connect },
        { from: connect, to: hosts },
      ];
}
