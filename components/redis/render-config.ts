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
const USERS_FILE = `${PATHS.run}/users.acl`;

/** Inputs of the server configuration. */
export interface RedisConfig {
  readonly maxMemoryMi: number;
  readonly evictionPolicy: EvictionPolicy;
  /** Whether data survives a restart. */
  readonly persistence: boolean;
}

/** The server configuration, with directives that both Redis 7 and Valkey support. It contains no secret. */
export function renderConfig(config: RedisConfig): string {
  return [
    "bind * -::*",
    `port ${REDIS_PORT}`,
    // Protected mode would reject other pods. Passwords and network policies control access instead.
    "protected-mode no",
    `aclfile ${USERS_FILE}`,
    `dir ${PATHS.data}`,
    `maxmemory ${config.maxMemoryMi}mb`,
    `maxmemory-policy ${config.evictionPolicy}`,
    // The append-only log loses at most one second. Snapshots would lose minutes, and need memory for a copy.
    `appendonly ${config.persistence ? "yes" : "no"}`,
    "appendfsync everysec",
    'save ""',
    "",
  ].join("\n");
}
