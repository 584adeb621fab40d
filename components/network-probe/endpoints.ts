import { workloadLabels } from "../core/labels.ts";
import type { Edge, Endpoint } from "../core/network/endpoint.ts";

/** Name of the application, the Service and the Deployment. */
export const NETWORK_PROBE = "network-probe";

/** The ports of the server. Policies open the first on both sides, and each of the others on one side only. */
export const PROBE_PORTS = { "both-sides": 8080, "egress-only": 8081, "ingress-only": 8082 } as const;

/** The pods of the probe: a server, and the Job that tries to reach it. */
export function networkProbeEndpoints(namespace: string) {
  return {
    server: {
      namespace,
      podLabels: workloadLabels(NETWORK_PROBE, "server"),
      ports: { "both-sides": PROBE_PORTS["both-sides"] },
    },
    client: { namespace, podLabels: workloadLabels(NETWORK_PROBE, "client"), ports: {} },
  } satisfies Record<string, Endpoint>;
}

/** The only open connection: a probe that reaches nothing at all proves nothing. */
export function networkProbeEdges(namespace: string): Edge[] {
  const { server, client } = networkProbeEndpoints(namespace);
  return [{ from: client, to: server }];
}
