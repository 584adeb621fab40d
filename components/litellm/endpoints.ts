import { workloadLabels } from "../labels.ts";
import type { Endpoint } from "../network/endpoint.ts";
import type { DeliveryKind } from "./delivery.ts";

/** Name of the application, its Service, its Deployment, and its role and database. */
export const LITELLM = "litellm";
/** The proxy's port. */
export const LITELLM_PORT = 4000;

/** The component label that the official chart gives its pods, in its Deployment, its budget and its Service alike. */
const CHART_COMPONENT = "proxy";

/** The pods of the gateway, of the Job that migrates its database, and of the Job that registers its keys. */
export function litellmEndpoints(namespace: string, delivery: DeliveryKind = "manifests") {
  return {
    server: {
      namespace,
      podLabels: workloadLabels(LITELLM, delivery === "helm" ? CHART_COMPONENT : "server"),
      ports: { http: LITELLM_PORT },
    },
    migration: { namespace, podLabels: workloadLabels(LITELLM, "migration"), ports: {} },
    keys: { namespace, podLabels: workloadLabels(LITELLM, "keys"), ports: {} },
  } satisfies Record<string, Endpoint>;
}
