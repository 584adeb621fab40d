import { objectLabels } from "../labels.ts";
import { ONEPASSWORD, onePasswordEndpoints } from "./endpoints.ts";

/** Where pods find the Kubernetes API, as a network policy sees it: behind its Service. */
export interface ApiServer {
  /** Addresses of the control plane: `kubectl get endpointslices -n default`. */
  readonly cidrs: readonly string[];
  readonly port: number;
}

/** The Service's own port, for network plugins that look at packets before their address is translated. */
const SERVICE_PORT = 443;

/** Lets the operator ask the Kubernetes API. Policies add up: this one takes nothing away. */
export function renderApiServerEgress(namespace: string, { cidrs, port }: ApiServer) {
  const { podLabels } = onePasswordEndpoints(namespace).operator;
  return {
    metadata: {
      name: `${ONEPASSWORD}-api-server`,
      namespace,
      labels: objectLabels(ONEPASSWORD, podLabels["app.kubernetes.io/component"]),
    },
    spec: {
      podSelector: { matchLabels: podLabels },
      policyTypes: ["Egress"],
      egress: [
        {
          to: [...cidrs].sort().map((cidr) => ({ ipBlock: { cidr } })),
          ports: [...new Set([SERVICE_PORT, port])].map((number) => ({ protocol: "TCP", port: number })),
        },
      ],
    },
  };
}
