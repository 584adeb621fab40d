import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { RedisConnection } from "../../components/connection.ts";
import type { Image } from "../../components/images.ts";
import type { Endpoint } from "../../components/network/endpoint.ts";
import { REDIS } from "../../components/redis/endpoints.ts";
import { cidrProblem, isHost, isUsername } from "../../components/redis/external/validate-args.ts";
import { RedisExternal } from "../../components/redis/external/index.ts";
import { Redis, type RedisConsumer } from "../../components/redis/index.ts";
import { EVICTION_POLICIES } from "../../components/redis/render-config.ts";
import { LEAST_MEMORY_MI, leastStorageGi } from "../../components/redis/validate-args.ts";
import type { Squash } from "../../components/workload/render-pod.ts";
import { type ConfigProblem, fixCommand, removeCommand } from "../config-problem.ts";

const STORAGE_CLASS = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const SECRET = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

const external = z
  .strictObject({
    host: z
      .string()
      .refine(isHost, "a host name or an IPv4 address")
      .describe("Host name of the server.")
      .meta({ example: "redis.example.org" }),
    port: z.int().min(1).max(65535).default(6379).describe("Port of the server.").meta({ example: "6379" }),
    cidrs: z
      .array(
        z.string().refine((cidr) => cidrProblem(cidr) === undefined, "a range of addresses (10.0.0.5/32)"),
      )
      .min(1)
      .describe("Addresses of the server: network policies know no host names.")
      .meta({ example: '["10.0.0.5/32"]' }),
    tls: z.boolean().default(true).describe("Whether the server wants TLS.").meta({ example: "true" }),
    username: z
      .string()
      .refine(isUsername, "letters, digits and _ . ~ - alone")
      .default("default")
      .describe("User that every consumer logs in as.")
      .meta({ example: "default" }),
    secretName: z
      .string()
      .regex(SECRET, "the name of a Secret")
      .describe("Secret with the user's password, in the namespace of every consumer.")
      .meta({ example: "redis" }),
    secretKey: z
      .string()
      .min(1)
      .default("password")
      .describe("Key of the password in the Secret.")
      .meta({ example: "password" }),
  })
  .optional()
  .describe("A server that somebody else runs, in place of the stack's own.");

/** The section `redis` of a stack's configuration. */
export const redisSchema = z
  .strictObject({
    persistence: z
      .boolean()
      .optional()
      .describe("Keeps the data over restarts, on a volume. On in prod and off in dev when left out.")
      .meta({ example: "true" }),
    storageGi: z
      .int()
      .min(1)
      .max(65536)
      .default(4)
      .describe("Size of the volume, in GiB. It can grow, never shrink.")
      .meta({ example: "8" }),
    storageClass: z
      .string()
      .regex(STORAGE_CLASS, "the name of a StorageClass")
      .optional()
      .describe("StorageClass of the volume; the cluster's default when left out.")
      .meta({ example: "standard" }),
    maxMemoryMi: z
      .int()
      .min(LEAST_MEMORY_MI)
      .max(65536)
      .default(256)
      .describe("Most memory for data, in MiB. The pod may use twice as much.")
      .meta({ example: "512" }),
    evictionPolicy: z
      .enum(EVICTION_POLICIES)
      .default("volatile-lru")
      .describe("What goes when the memory is full; `volatile-...` takes only what has a time to live.")
      .meta({ example: "volatile-lru" }),
    external,
  })
  .prefault({})
  .describe("The Redis server, Valkey.");

/** What this feature reads of a stack's configuration. */
export interface RedisConfigPart {
  readonly profile: "dev" | "prod";
  readonly redis: z.output<typeof redisSchema>;
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

/** A consumer of Redis, wherever the server is. */
export interface RedisFeatureConsumer extends Omit<RedisConsumer, "password"> {
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
