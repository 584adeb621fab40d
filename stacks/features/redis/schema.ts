import { z } from "zod";
import { isHost, isUsername } from "../../../components/redis/external/validate-args.ts";
import { EVICTION_POLICIES } from "../../../components/redis/render-config.ts";
import { LEAST_MEMORY_MI } from "../../../components/redis/validate-args.ts";
import { cidrSchema } from "../../schema/cidr.ts";
import { objectName, storageClass } from "../../schema/names.ts";

const external = z
  .strictObject({
    host: z
      .string()
      .refine(isHost, "a host name or an IPv4 address")
      .describe("Host name of the server.")
      .meta({ example: "redis.example.org" }),
    port: z.int().min(1).max(65535).default(6379).describe("Port of the server.").meta({ example: "6379" }),
    cidrs: z
      .array(cidrSchema("10.0.0.5/32"))
      .min(1)
      .describe("Addresses of the server, because network policies do not support host names."),
    tls: z.boolean().default(true).describe("Whether the server requires TLS.").meta({ example: "true" }),
    username: z
      .string()
      .refine(isUsername, "only letters, digits and _ . ~ -")
      .default("default")
      .describe("The user name of every consumer.")
      .meta({ example: "default" }),
    secretName: objectName("a Secret")
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
  .describe("An existing server instead of one of the stack.");

/** The section `redis` of a stack's configuration. */
export const redisSchema = z
  .strictObject({
    persistence: z
      .boolean()
      .optional()
      .describe("Keeps the data across restarts, on a volume. On in prod and off in dev when left out.")
      .meta({ example: "true" }),
    storageGi: z
      .int()
      .min(1)
      .max(65536)
      .default(4)
      .describe("Size of the volume, in GiB. It can grow, but not shrink.")
      .meta({ example: "8" }),
    storageClass: storageClass("volume"),
    maxMemoryMi: z
      .int()
      .min(LEAST_MEMORY_MI)
      .max(65536)
      .default(256)
      .describe("Maximum memory for data, in MiB. The pod can use twice as much.")
      .meta({ example: "512" }),
    evictionPolicy: z
      .enum(EVICTION_POLICIES)
      .default("volatile-lru")
      .describe(
        "Which keys are evicted when the memory is full. `volatile-...` evicts only keys with a time to live.",
      )
      .meta({ example: "volatile-lru" }),
    external,
  })
  .prefault({})
  .describe("The Redis server, Valkey.");

export type RedisConfig = z.output<typeof redisSchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly redis: RedisConfig;
  }
  interface Toggles {
    readonly redis: boolean;
  }
}
