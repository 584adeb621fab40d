import { workloadLabels } from "../labels.ts";
import type { Endpoint } from "../network/endpoint.ts";

/** Name of the application, its Service, its Deployment, and its role and database. */
export const LITELLM = "litellm";
/** The proxy's port. */
export const LITELLM_PORT = 4000;

/** The pods of the gateway and of the Job that migrates its database. */
export function litellmEndpoints(namespace: string) {
  return {
    server: { namespace, podLabels: workloadLabels(LITELLM, "server"), ports: { http: LITELLM_PORT } },
    migration: { namespace, podLabels: workloadLabels(LITELLM, "migration"), ports: {} },
  } satisfies Record<string, Endpoint>;
}
