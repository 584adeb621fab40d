import { workloadLabels } from "../core/labels.ts";
import type { Endpoint } from "../core/network/endpoint.ts";
import type { DeliveryKind } from "../core/release/delivery.ts";

/** Name of the application, and of its role and database. */
export const LITELLM = "litellm";
/** The user of its page, whose password is the master key: LiteLLM's default of UI_USERNAME. */
export const LITELLM_ADMIN = "admin";
/** The proxy's port. */
export const LITELLM_PORT = 4000;

/** The component label that the official chart gives its pods, in its Deployment, its budget and its Service alike. */
const CHART_COMPONENT = "proxy";

/**
 * Name of the Deployment and of the Service. Those of the chart have another: where one delivery follows the other, an
 * update makes the new ones before the old ones go, and no two objects have one name.
 */
export function litellmName(delivery: DeliveryKind = "manifests"): string {
  return delivery === "helm" ? `${LITELLM}-${CHART_COMPONENT}` : LITELLM;
}

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
