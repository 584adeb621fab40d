import { objectLabels } from "../labels.ts";
import { type Addresses, addressRule } from "./render-address-egress.ts";

/** Where pods find the Kubernetes API, as a network policy sees it: behind its Service, and no pod. */
export interface ApiServer {
  /** Addresses of the control plane: `kubectl get endpointslices -n default`. */
  readonly cidrs: readonly string[];
  readonly port: number;
}

/** The Service's own port, for network plugins that look at packets before their address is translated. */
const SERVICE_PORT = 443;

/** What a policy opens for a pod that asks the Kubernetes API. */
export const apiServerAddresses = ({ cidrs, port }: ApiServer): Addresses => ({
  cidrs,
  ports: [SERVICE_PORT, port],
});

/** Lets every pod of an application's own namespace ask the Kubernetes API. Policies add up: this one takes nothing away. */
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
