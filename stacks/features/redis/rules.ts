import { leastStorageGi } from "../../../components/redis/validate-args.ts";
import { type ConfigProblem, fixCommand, removeCommand } from "../../config-problem.ts";
import type { RedisConfig } from "./schema.ts";

/** The part of a stack's configuration that this feature reads. */
export interface RedisConfigPart {
  readonly profile: "dev" | "prod";
  readonly redis: RedisConfig;
}

/** Whether the stack's own server keeps its data across restarts. */
export function keepsData({ profile, redis }: RedisConfigPart): boolean {
  return redis.persistence ?? profile === "prod";
}

/** The problems between the keys of the section, if the feature is on. */
export function redisProblems(config: RedisConfigPart): ConfigProblem[] {
  const { redis } = config;
  if (redis.external !== undefined) {
    return (["persistence", "storageClass"] as const)
      .filter((key) => redis[key] !== undefined)
      .map((key) => ({
        path: ["redis", key],
        value: redis[key],
        reason: "applies only to the stack's own server, and redis.external is set",
        fix: removeCommand(["redis", key]),
      }));
  }
  if (!keepsData(config)) {
    if (redis.storageClass === undefined) return [];
    return [
      {
        path: ["redis", "storageClass"],
        value: redis.storageClass,
        reason: "has no effect: the server has no volume (redis.persistence is off)",
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
      reason: `a server with ${redis.maxMemoryMi} MiB of data needs a volume of at least ${least} GiB: three times the data`,
      fix: fixCommand(["redis", "storageGi"], String(least)),
    },
  ];
}
