import { objectLabels } from "../core/labels.ts";
import type { Endpoint } from "../core/network/endpoint.ts";
import { NETWORK_PROBE, networkProbeEndpoints, PROBE_PORTS } from "./endpoints.ts";

/** Opens only one side of two connections, so both stay closed. Some network plugins enforce only one direction. */
export function renderOneSidedPolicies(namespace: string) {
  const { server, client } = networkProbeEndpoints(namespace);
  return [
    {
      metadata: metadata("egress-only", client),
      spec: {
        podSelector: { matchLabels: client.podLabels },
        policyTypes: ["Egress"],
        egress: [{ to: [podsOf(server)], ports: [tcp("egress-only")] }],
      },
    },
    {
      metadata: metadata("ingress-only", server),
      spec: {
        podSelector: { matchLabels: server.podLabels },
        policyTypes: ["Ingress"],
        ingress: [{ from: [podsOf(client)], ports: [tcp("ingress-only")] }],
      },
    },
  ];
}

function metadata(side: keyof typeof PROBE_PORTS, { namespace, podLabels }: Endpoint) {
  const labels = objectLabels(NETWORK_PROBE, podLabels["app.kubernetes.io/component"]);
  return { name: `${NETWORK_PROBE}-${side}`, namespace, labels };
}

function podsOf({ namespace, podLabels }: Endpoint) {
  return {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    podSelector: { matchLabels: podLabels },
  };
}

function tcp(side: keyof typeof PROBE_PORTS) {
  return { protocol: "TCP", port: PROBE_PORTS[side] };
}
