import { NATS, NATS_CLUSTER_PORT, NATS_MONITOR_PORT, NATS_PORT } from "./endpoints.ts";

export const CONFIG_FILE = "nats-server.conf";
export const USERS_FILE = "users.conf";
export const START_FILE = "start.sh";
/** Where the configuration and the users are, in one folder. */
export const CONFIG_PATH = "/etc/nats";
export const DATA_PATH = "/data";
/** The name that servers log in to each other with. */
export const ROUTE_USER = "route";

/** Of the memory limit; streams in memory are for what may be lost. */
const MEMORY_STORE_MI = 128;
/** What streams may fill of a volume: a full file system could not even be tidied up. */
const STORE_SHARE = 0.9;

export interface ServerConfig {
  readonly replicas: number;
  readonly storageGi: number;
}

/** Environment variable that holds the address of a server, with the servers' password. */
export function routeVariable(index: number): string {
  return `ROUTE_${index}`;
}

/**
 * The server's configuration. Secrets are not in it: hashes of passwords come from the file that it includes, by a path
 * relative to this file (S2.21), and the servers' own password from the environment.
 */
export function renderServerConfig({ replicas, storageGi }: ServerConfig): string {
  return `server_name: $POD_NAME
port: ${NATS_PORT}
http_port: ${NATS_MONITOR_PORT}
jetstream {
  store_dir: "${storePath(replicas)}"
  max_memory_store: ${MEMORY_STORE_MI}MiB
  max_file_store: ${Math.floor(storageGi * 1024 * STORE_SHARE)}MiB
}
${replicas > 1 ? renderCluster(replicas) : ""}include "${USERS_FILE}"
`;
}

/**
 * A server of a cluster deletes streams that the cluster does not know: every stream of a server that was alone before.
 * So the two keep their streams apart, and none is lost when the number of servers changes.
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
 * Starts the server, and has it read its files again when the kubelet has put others there: the clients that nothing
 * changed for stay connected. \`exec\` makes the server the process that the kubelet sees, under the same number.
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
