import { NATS, NATS_CLUSTER_PORT, NATS_MONITOR_PORT, NATS_PORT } from "./endpoints.ts";

export const CONFIG_FILE = "nats-server.conf";
export const USERS_FILE = "users.conf";
export const START_FILE = "start.sh";
/** The directory of the configuration and the users file. */
export const CONFIG_PATH = "/etc/nats";
export const DATA_PATH = "/data";
/** The user name for the routes between servers. */
export const ROUTE_USER = "route";

/** Part of the memory limit. Streams in memory are for data that may be lost. */
export const MEMORY_STORE_MI = 128;
/** Clients of one server. */
export const MAX_CONNECTIONS = 1000;
/** The share of a volume that streams may fill. On a full file system not even deletion works. */
const STORE_SHARE = 0.9;

export interface ServerConfig {
  readonly replicas: number;
  readonly storageGi: number;
}

/**
 * A server alone rejects limits of accounts whose sum is larger than its own. When it reads new limits, it applies those of
 * one account after the other, so the sum can be twice as large for a moment. What protects the volume is the limits of the
 * accounts. The servers of a cluster do not check the sum, and need the true size to place streams.
 */
const RELOAD_SLACK = 2;

/** What streams may take on the volume of one server, in MiB. */
export function storeMi({ storageGi }: Pick<ServerConfig, "storageGi">): number {
  return Math.floor(storageGi * 1024 * STORE_SHARE);
}

/** Environment variable with the route address of a server, including the password. */
export function routeVariable(index: number): string {
  return `ROUTE_${index}`;
}

/**
 * The configuration of the server, without secrets. It includes the file with password hashes by a path relative to
 * its own folder (docs/references.md#nats-configuration). The route password comes from the environment.
 */
export function renderServerConfig({ replicas, storageGi }: ServerConfig): string {
  const slack = replicas === 1 ? RELOAD_SLACK : 1;
  return `server_name: $POD_NAME
port: ${NATS_PORT}
http_port: ${NATS_MONITOR_PORT}
max_connections: ${MAX_CONNECTIONS}
jetstream {
  store_dir: "${storePath(replicas)}"
  max_memory_store: ${MEMORY_STORE_MI * slack}MiB
  max_file_store: ${storeMi({ storageGi }) * slack}MiB
}
${replicas > 1 ? renderCluster(replicas) : ""}include "${USERS_FILE}"
`;
}

/**
 * A server in a cluster deletes streams that the cluster does not know, which is every stream of a single
 * server. With separate directories for the two cases, no stream is lost when the number of servers changes.
 */
function storePath(replicas: number): string {
  return `${DATA_PATH}/${replicas > 1 ? "cluster" : "alone"}`;
}

function renderCluster(replicas: number): string {
  const routes = Array.from({ length: replicas }, (_, index) => `$${routeVariable(index)}`);
  return `cluster {
  name: ${NATS}
  port: ${NATS_CLUSTER_PORT}
  authorization { user: ${ROUTE_USER}, password: $ROUTE_PASSWORD }
  routes: [${routes.join(", ")}]
}
`;
}

/**
 * Starts the server, and makes it reload its files after the kubelet has updated them. Clients without changes stay
 * connected. `exec` makes the server the process that the kubelet sees, with the same process id.
 */
export function renderStartScript(): string {
  return `#!/bin/sh
set -eu
cd "$(dirname "$0")"

# The kubelet swaps all files at once, by this link.
version=$(readlink ..data)
while sleep 2 && kill -0 $$ 2>/dev/null; do
  now=$(readlink ..data) || continue
  if [ "$now" != "$version" ]; then
    version=$now
    kill -HUP $$
  fi
done &

exec nats-server --config "$PWD/${CONFIG_FILE}"
`;
}
