import { objectLabels } from "../../labels.ts";
import type { Endpoint } from "../../network/endpoint.ts";

/** Lets the pods of an endpoint connect to ranges of addresses. Policies add up: this one takes nothing away. */
export function renderEgress(name: string, from: Endpoint, cidrs: readonly string[], port: number) {
  return {
    metadata: {
      name,
      namespace: from.namespace,
      labels: objectLabels(
        from.podLabels["app.kubernetes.io/name"],
        from.podLabels["app.kubernetes.io/component"],
      ),
    },
    spec: {
      podSelector: { matchLabels: from.podLabels },
      policyTypes: ["Egress"],
      egress: [
        {
          to: [...cidrs].sort().map((cidr) => ({ ipBlock: { cidr } })),
          ports: [{ protocol: "TCP", port }],
        },
      ],
    },
  };
}
