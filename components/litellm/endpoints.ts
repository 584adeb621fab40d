import { workloadLabels } from "../core/labels.ts";
import type { Endpoint } from "../core/network/endpoint.ts";
import type { DeliveryKind } from "../core/release/delivery.ts";

/** Name of the application, its role and its database. */
export const LITELLM = "litellm";
/** The Redis user of the cached responses: another user than that of limits and spend. */
export const LITELLM_CACHE = "litellm_cache";
/** The user of its page, whose password is the master key: LiteLLM's default of UI_USERNAME. */
export const LITELLM_ADMIN = "admin";
/** The proxy's port. */
export const LITELLM_PORT = 4000;

/**
 * The component label of the chart's pods. Not every version of the chart sets it, so the values set it
 * (render-values.ts). Newer versions set the same value, and the disruption budget of the chart selects by it.
 */
const CHART_COMPONENT = "proxy";

/**
 * Name of the Deployment and the Service. The chart uses another name: when the delivery changes, the new objects
 * are created before the old ones are deleted, so the names must differ.
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
