import { workloadLabels } from "../core/labels.ts";
import type { Edge, Endpoint } from "../core/network/endpoint.ts";

/** Name of the application, of the release, and of the chart's objects. */
export const ONEPASSWORD = "onepassword";
/** The port of Connect's API, as the chart serves it without TLS. */
export const CONNECT_PORT = 8080;

/** How the operator gets at 1Password: by itself with a service account, or through a Connect server of its own. */
export type OnePasswordMode = "service-account" | "connect";

/** The pods of the operator and, in Connect mode, of the Connect server. */
export function onePasswordEndpoints(namespace: string) {
  return {
    operator: { namespace, podLabels: workloadLabels(ONEPASSWORD, "operator"), ports: {} },
    connect: { namespace, podLabels: workloadLabels(ONEPASSWORD, "connect"), ports: { api: CONNECT_PORT } },
  } satisfies Record<string, Endpoint>;
}

/**
 * Who talks to 1Password's hosts, on 443: NetworkPolicies know no host names (S0.47). What the operator needs of the
 * Kubernetes API is no edge, since that is no pod: the component lets it through.
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
