import { workloadLabels } from "../core/labels.ts";
import type { Endpoint } from "../core/network/endpoint.ts";

/** Name of the application, the Service and the StatefulSet, for Redis and Valkey. */
export const REDIS = "redis";
/** The server's port. */
export const REDIS_PORT = 6379;

/** The pods of a Redis server. */
export function redisEndpoints(namespace: string) {
  return {
    server: { namespace, podLabels: workloadLabels(REDIS, "server"), ports: { redis: REDIS_PORT } },
  } satisfies Record<string, Endpoint>;
}

/** The address of a server's first database, with the user but without the password. */
export function redisUrl(
  username: string,
  { host, port, tls }: { readonly host: string; readonly port: number; readonly tls: boolean },
): string {
  return `${tls ? "rediss" : "redis"}://${username}@${host}:${port}/0`;
}
