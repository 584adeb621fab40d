import type { Endpoint, OutsideEdge, OutsidePods } from "../network/endpoint.ts";

/** The port that an exposure opens. Every user-facing service uses this port name. */
export const EXPOSED_PORT = "http";

/** The default range of node ports (docs/references.md#node-ports). */
export const FIRST_NODE_PORT = 30_000;
export const LAST_NODE_PORT = 32_767;

/** The addresses (CIDR) that may connect, or `everybody`. */
export type Sources = readonly string[] | "everybody";

/** How a service is exposed outside the cluster. */
export type Exposure =
  | { readonly kind: "none" }
  | {
      /** A port of each node that runs one of its pods; not encrypted. */
      readonly kind: "nodePort";
      /** From {@link FIRST_NODE_PORT} to {@link LAST_NODE_PORT}. */
      readonly nodePort: number;
      readonly sources: Sources;
    }
  | {
      /** An address from the load balancer of the cluster; not encrypted. */
      readonly kind: "loadBalancer";
      readonly sources: Sources;
    }
  | {
      /** A host name on an ingress controller, which terminates TLS. */
      readonly kind: "ingress";
      readonly host: string;
      readonly ingressClass: string;
      /** A `kubernetes.io/tls` Secret in the service's namespace. */
      readonly tlsSecret: string;
      /** The pods that forward requests. */
      readonly controller: OutsidePods;
    }
  | {
      /** A host name on a Gateway (Gateway API), whose listener terminates TLS. */
      readonly kind: "gatewayRoute";
      readonly host: string;
      /** Always set: otherwise the route would also attach to the unencrypted listener of the Gateway. */
      readonly gateway: { readonly name: string; readonly namespace: string; readonly listener: string };
      /** The pods that forward requests. */
      readonly controller: OutsidePods;
    };

/** The edges that admit the traffic of an exposure; empty for `none`. */
export function exposureEdges(exposure: Exposure, server: Endpoint): OutsideEdge[] {
  if (exposure.kind === "none") return [];
  const outside =
    "controller" in exposure
      ? exposure.controller
      : { cidrs: exposure.sources === "everybody" ? ["0.0.0.0/0", "::/0"] : exposure.sources };
  return [{ from: { outside }, to: server, ports: [EXPOSED_PORT] }];
}
