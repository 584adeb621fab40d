import { REDIS_PORT } from "./endpoints.ts";

/** Which keys the server evicts when its memory is full. `volatile-…` evicts only keys with an expiry. */
export const EVICTION_POLICIES = [
  "noeviction",
  "volatile-lru",
  "volatile-lfu",
  "volatile-ttl",
  "allkeys-lru",
  "allkeys-lfu",
] as const;
export type EvictionPolicy = (typeof EVICTION_POLICIES)[number];

/** Paths in the server's pod. */
export const PATHS = {
  data: "/data",
  config: "/etc/redis",
  /** In memory: contains the password hashes. */
  run: "/run/redis",
} as const;
export const CONFIG_FILE = "redis.conf";
export const START_FILE = "start.sh";
export const LIVENESS_FILE = "alive.sh";
const USERS_FILE = `${PATHS.run}/users.acl`;

/** Inputs of the server configuration. */
export interface RedisConfig {
  readonly maxMemoryMi: number;
  readonly evictionPolicy: EvictionPolicy;
  /** Whether data survives a restart. */
  readonly persistence: boolean;
}

/** The part of the memory that the buffers of one client, or the buffers of all clients together, may take. */
const BUFFER_SHARE = 0.25;
/** How long a script may run before the server answers others, and lets the liveness probe stop the script. */
const SCRIPT_MILLISECONDS = 2000;

/** The server configuration, for Valkey 8.1. It contains no secret. */
export function renderConfig(config: RedisConfig): string {
  const bufferMi = Math.max(1, Math.floor(config.maxMemoryMi * BUFFER_SHARE));
  return [
    "bind * -::*",
    `port ${REDIS_PORT}`,
    // Protected mode would reject other pods. Passwords and network policies control access instead.
    "protected-mode no",
    `aclfile ${USERS_FILE}`,
    `dir ${PATHS.data}`,
    `maxmemory ${config.maxMemoryMi}mb`,
    `maxmemory-policy ${config.evictionPolicy}`,
    // Without these limits one client could fill the memory of the pod with requests that it does not finish, answers
    // that it does not read, or one long value. The server has no limit for each user.
    `maxmemory-clients ${bufferMi}mb`,
    `client-output-buffer-limit normal ${bufferMi}mb 0 0`,
    `client-output-buffer-limit pubsub ${bufferMi}mb 0 0`,
    `proto-max-bulk-len ${bufferMi}mb`,
    `busy-reply-threshold ${SCRIPT_MILLISECONDS}`,
    // The append-only log loses at most one second. Snapshots would lose minutes, and need memory for a copy.
    `appendonly ${config.persistence ? "yes" : "no"}`,
    "appendfsync everysec",
    'save ""',
    "",
  ].join("\n");
}
