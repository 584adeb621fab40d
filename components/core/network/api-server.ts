import { objectLabels } from "../labels.ts";
import { type Addresses, addressRule } from "./render-address-egress.ts";

/** The addresses of the Kubernetes API in a network policy. The API server is not a pod. */
export interface ApiServer {
  /** Addresses of the control plane, from `kubectl get endpointslices -n default`. */
  readonly cidrs: readonly string[];
  readonly port: number;
}

/** The Service port, for network plugins that evaluate policies before address translation. */
const SERVICE_PORT = 443;

/** The addresses that a policy opens for a pod that calls the Kubernetes API. */
export const apiServerAddresses = ({ cidrs, port }: ApiServer): Addresses => ({
  cidrs,
  ports: [SERVICE_PORT, port],
});

/**
 * Lets every pod of an application's own namespace reach the Kubernetes API. Network policies are additive: this
 * one removes nothing.
 */
export function renderApiServerEgress(application: string, namespace: string, apiServer: ApiServer) {
  const name = `${application}-api-server`;
  return {
    metadata: { name, namespace, labels: objectLabels(application) },
    spec: {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [addressRule(`${namespace}/${name}`, apiServerAddresses(apiServer))],
    },
  };
}
