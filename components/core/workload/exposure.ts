import type { Endpoint, OutsideEdge, OutsidePods } from "../network/endpoint.ts";

/** The port that an exposure opens: every user-facing service calls its port so. */
export const EXPOSED_PORT = "http";

/** The ports that the API server gives to NodePorts, as it comes (S2.27). */
export const FIRST_NODE_PORT = 30_000;
export const LAST_NODE_PORT = 32_767;

/** Addresses (CIDR) that may ask, or everybody. */
export type Sources = readonly string[] | "everybody";

/** How a service is reached from outside the cluster. */
export type Exposure =
  | { readonly kind: "none" }
  | {
      /** A port of each node that runs a pod of it; not encrypted. */
      readonly kind: "nodePort";
      /** From {@link FIRST_NODE_PORT} to {@link LAST_NODE_PORT}. */
      readonly nodePort: number;
      readonly sources: Sources;
    }
  | {
      /** An address of its own, from the cluster's load balancer; not encrypted. */
      readonly kind: "loadBalancer";
      readonly sources: Sources;
    }
  | {
      /** A host name on an ingress controller, which ends TLS. */
      readonly kind: "ingress";
      readonly host: string;
      readonly ingressClass: string;
      /** A `kubernetes.io/tls` Secret in the service's namespace. */
      readonly tlsSecret: string;
      /** The pods that pass requests on. */
      readonly controller: OutsidePods;
    }
  | {
      /** A host name on a Gateway (Gateway API), whose listener ends TLS. */
      readonly kind: "gatewayRoute";
      readonly host: string;
      /** The listener is always named, or the route would be on the Gateway's unencrypted one as well. */
      readonly gateway: { readonly name: string; readonly namespace: string; readonly listener: string };
      /** The pods that pass requests on. */
      readonly controller: OutsidePods;
    };

/** The edge that lets the outside in as far as the exposure says; none without one. */
export function exposureEdges(exposure: Exposure, server: Endpoint): OutsideEdge[] {
  if (exposure.kind === "none") return [];
  const outside =
    "controller" in exposure
      ? exposure.controller
      : { cidrs: exposure.sources === "everybody" ? ["0.0.0.0/0", "::/0"] : exposure.sources };
  return [{ from: { outside }, to: server, ports: [EXPOSED_PORT] }];
}
