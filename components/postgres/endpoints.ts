import { workloadLabels } from "../core/labels.ts";
import type { Endpoint } from "../core/network/endpoint.ts";

/** Name of the application, the Service and the StatefulSet. */
export const POSTGRES = "postgres";
/** The server's port. */
export const POSTGRES_PORT = 5432;

/** The pods of a PostgreSQL server and of the Job that creates its roles. */
export function postgresEndpoints(namespace: string) {
  return {
    server: {
      namespace,
      podLabels: workloadLabels(POSTGRES, "server"),
      ports: { postgres: POSTGRES_PORT },
    },
    roles: { namespace, podLabels: workloadLabels(POSTGRES, "roles"), ports: {} },
  } satisfies Record<string, Endpoint>;
}
