/** Where pods find the Kubernetes API, as a network policy sees it: behind its Service. */
export interface ApiServer {
  /** Addresses of the control plane: `kubectl get endpointslices -n default`. */
  readonly cidrs: readonly string[];
  readonly port: number;
}

/** The Service's own port, for network plugins that look at packets before their address is translated. */
export const API_SERVICE_PORT = 443;
