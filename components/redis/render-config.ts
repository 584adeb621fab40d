import { REDIS_PORT } from "./endpoints.ts";

/** What the server throws away when its memory is full. `volatile-…`: only what has a time to live, never the rest. */
export const EVICTION_POLICIES = [
  "noeviction",
  "volatile-lru",
  "volatile-lfu",
  "volatile-ttl",
  "allkeys-lru",
  "allkeys-lfu",
] as const;
export type EvictionPolicy = (typeof EVICTION_POLICIES)[number];

/** Where things are in the server's pod. */
export const PATHS = {
  data: "/data",
  config: "/etc/redis",
  /** In memory: holds the hashes of the passwords. */
  run: "/run/redis",
} as const;
export const CONFIG_FILE = "redis.conf";
export const START_FILE = "start.sh";
const USERS_FILE = `${PATHS.run}/users.acl`;

/** What the server's configuration depends on. */
export interface RedisConfig {
  readonly maxMemoryMi: number;
  readonly evictionPolicy: EvictionPolicy;
  /** Whether data survives a restart. */
  readonly persistence: boolean;
}

/** The server's configuration, in words that Redis 7 and Valkey both know. It holds no secret. */
export function renderConfig(config: RedisConfig): string {
  return [
    "bind * -::*",
    `port ${REDIS_PORT}`,
    // It would refuse other pods; passwords and network policies say who may come.
    "protected-mode no",
    `aclfile ${USERS_FILE}`,
    `dir ${PATHS.data}`,
    `maxmemory ${config.maxMemoryMi}mb`,
    `maxmemory-policy ${config.evictionPolicy}`,
    // The log of writes loses a second at most; snapshots would lose minutes, and need memory for a copy.
    `appendonly ${config.persistence ? "yes" : "no"}`,
    "appendfsync everysec",
    'save ""',
    "",
  ].join("\n");
}
