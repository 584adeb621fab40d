import { leastStorageGi } from "../../../components/redis/validate-args.ts";
import { type ConfigProblem, fixCommand, removeCommand } from "../../config-problem.ts";
import type { RedisConfig } from "./schema.ts";

/** What this feature reads of a stack's configuration. */
export interface RedisConfigPart {
  readonly profile: "dev" | "prod";
  readonly redis: RedisConfig;
}

/** Whether the stack's own server keeps its data over restarts. */
export function keepsData({ profile, redis }: RedisConfigPart): boolean {
  return redis.persistence ?? profile === "prod";
}

/** What is wrong between the keys of the section. Call it when the feature is on. */
export function redisProblems(config: RedisConfigPart): ConfigProblem[] {
  const { redis } = config;
  if (redis.external !== undefined) {
    return (["persistence", "storageClass"] as const)
      .filter((key) => redis[key] !== undefined)
      .map((key) => ({
        path: ["redis", key],
        value: redis[key],
        reason: "is about the stack's own server, and redis.external names another",
        fix: removeCommand(["redis", key]),
      }));
  }
  if (!keepsData(config)) {
    if (redis.storageClass === undefined) return [];
    return [
      {
        path: ["redis", "storageClass"],
        value: redis.storageClass,
        reason: "there is no volume: the server keeps nothing over restarts (redis.persistence is off)",
        fix: `${removeCommand(["redis", "storageClass"])}  (or: ${fixCommand(["redis", "persistence"], "true")})`,
      },
    ];
  }
  const least = leastStorageGi(redis.maxMemoryMi);
  if (redis.storageGi >= least) return [];
  return [
    {
      path: ["redis", "storageGi"],
      value: redis.storageGi,
      reason: `a server with ${redis.maxMemoryMi} MiB of data needs a volume of at least ${least} GiB: three times as much`,
      fix: fixCommand(["redis", "storageGi"], String(least)),
    },
  ];
}
