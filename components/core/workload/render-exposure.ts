import { objectLabels, workloadLabels } from "../labels.ts";
import { EXPOSED_PORT, type Exposure } from "./exposure.ts";
import { renderServicePorts } from "./render-workload.ts";

/** The exposed workload. */
export interface Exposed {
  readonly application: string;
  readonly role: string;
  readonly namespace: string;
  /** Name of its Service. */
  readonly service: string;
  readonly port: number;
}

type ExposureOf<Kind extends Exposure["kind"]> = Extract<Exposure, { kind: Kind }>;

/** A separate Service for the outside, with one port, so that the other ports of the pods stay internal. */
export function renderExternalService(exposed: Exposed, exposure: ExposureOf<"nodePort" | "loadBalancer">) {
  const { application, role, port } = exposed;
  const nodePort = exposure.kind === "nodePort" ? { nodePort: exposure.nodePort } : {};
  return {
    metadata: { ...metadataOf(exposed), name: `${application}-external` },
    spec: {
      type: exposure.kind === "nodePort" ? "NodePort" : "LoadBalancer",
      selector: workloadLabels(application, role),
      // Otherwise nodes replace the address of the caller with their own. The network policy would then reject
      // every caller, or admit every caller through the nodes.
      externalTrafficPolicy: "Local",
      ports: renderServicePorts({ [EXPOSED_PORT]: port }).map((published) => ({ ...published, ...nodePort })),
      ...(exposure.kind === "loadBalancer" && exposure.sources !== "everybody"
        ? { loadBalancerSourceRanges: [...exposure.sources] }
        : {}),
    },
  };
}

export function renderIngress(exposed: Exposed, { host, ingressClass, tlsSecret }: ExposureOf<"ingress">) {
  const service = { name: exposed.service, port: { name: EXPOSED_PORT } };
  return {
    metadata: metadataOf(exposed),
    spec: {
      ingressClassName: ingressClass,
      tls: [{ hosts: [host], secretName: tlsSecret }],
      rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend: { service } }] } }],
    },
  };
}

/** https://gateway-api.sigs.k8s.io/reference/spec/#httproute */
export function renderHttpRoute(exposed: Exposed, { host, gateway }: ExposureOf<"gatewayRoute">) {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: metadataOf(exposed),
    spec: {
      parentRefs: [{ name: gateway.name, namespace: gateway.namespace, sectionName: gateway.listener }],
      hostnames: [host],
      rules: [{ backendRefs: [{ name: exposed.service, port: exposed.port }] }],
    },
  };
}

function metadataOf({ application, role, namespace }: Exposed) {
  return { name: application, namespace, labels: objectLabels(application, role) };
}
