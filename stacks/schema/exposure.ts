import { z } from "zod";
import { FIRST_NODE_PORT, LAST_NODE_PORT } from "../../components/core/workload/exposure.ts";
import { cidrSchema } from "./cidr.ts";
import { keyAndValue, namespaceName, objectName } from "./names.ts";

/** At least two parts, lower case, and no scheme, port or path. */
const HOST = /^(?=.{1,253}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** How one user-facing service is reached. Flat, so that each key can be set separately. */
export const exposureSchema = z
  .strictObject({
    kind: z
      .enum(["none", "nodePort", "loadBalancer", "ingress", "gatewayRoute"])
      .default("none")
      .describe("How the service is reached from outside the cluster.")
      .meta({ example: "ingress" }),
    nodePort: z
      .int()
      .min(FIRST_NODE_PORT)
      .max(LAST_NODE_PORT)
      .optional()
      .describe("For `nodePort`: the port on each node that runs a pod of the service. Not encrypted.")
      .meta({ example: "30444" }),
    sourceRanges: z
      .array(cidrSchema("192.168.1.0/24", "openToAll"))
      .default([])
      .describe(
        "For `nodePort` and `loadBalancer`: the addresses of clients. A network policy rejects all others. A range has no host bits and is not wider than /8 (IPv4) or /16 (IPv6).",
      ),
    openToAll: z
      .boolean()
      .default(false)
      .describe("For `nodePort` and `loadBalancer`: admits every client, instead of `sourceRanges`.")
      .meta({ example: "true" }),
    host: z
      .string()
      .regex(HOST, "a host name in lower case, without scheme, port or path")
      .optional()
      .describe("For `ingress` and `gatewayRoute`: the host name of the service.")
      .meta({ example: "llm.example.org" }),
    ingressClass: objectName("an IngressClass")
      .optional()
      .describe("For `ingress`: the IngressClass.")
      .meta({ example: "nginx" }),
    tlsSecret: objectName("a Secret")
      .optional()
      .describe(
        "For `ingress`: the `kubernetes.io/tls` Secret in the service's namespace. Its name, never its contents.",
      )
      .meta({ example: "llm-tls" }),
    gateway: objectName("a Gateway")
      .optional()
      .describe("For `gatewayRoute`: the Gateway. It must accept routes from the namespace of the service.")
      .meta({ example: "public" }),
    gatewayNamespace: namespaceName
      .optional()
      .describe("For `gatewayRoute`: the Gateway's namespace.")
      .meta({ example: "gateways" }),
    gatewayListener: objectName("a listener of the Gateway")
      .optional()
      .describe("For `gatewayRoute`: the listener with TLS. Its certificate is configured in the Gateway.")
      .meta({ example: "https" }),
  })
  .prefault({})
  .describe("How the service is reached from outside the cluster.");

/** The pods that forward requests from outside. One section for all services. */
export const ingressControllerSchema = z
  .strictObject({
    namespace: namespaceName
      .optional()
      .describe("Namespace of the pods that serve Ingresses or Gateway routes. Network policies admit them.")
      .meta({ example: "ingress-nginx" }),
    podLabels: z
      .array(keyAndValue.meta({ example: "app.kubernetes.io/name=ingress-nginx" }))
      .default([])
      .describe("Labels of those pods, each as `key=value`."),
  })
  .prefault({})
  .describe("The ingress controller, or the data plane of the Gateway.");

export type ExposureConfig = z.output<typeof exposureSchema>;
export type IngressControllerConfig = z.output<typeof ingressControllerSchema>;
