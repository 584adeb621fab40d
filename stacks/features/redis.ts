import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { RedisConnection } from "../../components/core/connection.ts";
import type { Image } from "../../components/core/images.ts";
import type { Endpoint } from "../../components/core/network/endpoint.ts";
import { REDIS } from "../../components/redis/endpoints.ts";
import { RedisExternal } from "../../components/redis/external/index.ts";
import type { RedisConsumer } from "../../components/redis/args.ts";
import { Redis } from "../../components/redis/index.ts";
import { leastStorageGi } from "../../components/redis/validate-args.ts";
import type { Squash } from "../../components/core/workload/render-pod.ts";
import { redisSchema } from "./redis-schema.ts";
import { type ConfigProblem, fixCommand, removeCommand } from "../config-problem.ts";

export { redisSchema };

/** What this feature reads of a stack's configuration. */
export interface RedisConfigPart {
  readonly profile: "dev" | "prod";
  readonly redis: z.output<typeof redisSchema>;
}

/** Whether the stack's own server keeps its data over restarts. */
function keepsData({ profile, redis }: RedisConfigPart): boolean {
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

/** A consumer of Redis, wherever the server is. */
interface RedisFeatureConsumer extends Omit<RedisConsumer, "password"> {
  /** The pods that connect: to a server outside the cluster, policies of their own let them. */
  readonly callers: readonly Endpoint[];
}

/** What the platform hands to this feature. */
export interface RedisUpstream {
  readonly namespace: string;
  readonly image: Image;
  readonly consumers: Readonly<Record<string, RedisFeatureConsumer>>;
  readonly squash?: Squash;
}

/** The server of the stack, or the way to another one; both hand over `connections`. */
export function buildRedis(
  config: RedisConfigPart,
  { namespace, image, consumers, squash }: RedisUpstream,
  opts: pulumi.ComponentResourceOptions,
): pulumi.ComponentResource & { readonly connections: Readonly<Record<string, RedisConnection>> } {
  const { redis } = config;
  if (redis.external !== undefined) {
    const { secretName, secretKey, ...server } = redis.external;
    return new RedisExternal(
      REDIS,
      { ...server, password: { kind: "existing", name: secretName, key: secretKey }, consumers },
      opts,
    );
  }
  const { storageGi, storageClass, maxMemoryMi, evictionPolicy } = redis;
  return new Redis(
    REDIS,
    {
      namespace,
      image,
      consumers,
      maxMemoryMi,
      evictionPolicy,
      ...(squash === undefined ? {} : { squash }),
      ...(keepsData(config)
        ? {
            persistence: {
              storageGi,
              retain: config.profile === "prod",
              ...(storageClass === undefined ? {} : { storageClass }),
            },
          }
        : {}),
    },
    opts,
  );
}
