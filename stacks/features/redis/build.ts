import type * as pulumi from "@pulumi/pulumi";
import type { RedisConnection } from "../../../components/core/connection.ts";
import type { Image } from "../../../components/core/images.ts";
import type { Endpoint } from "../../../components/core/network/endpoint.ts";
import type { Squash } from "../../../components/core/workload/render-pod.ts";
import { REDIS } from "../../../components/redis/endpoints.ts";
import { RedisExternal } from "../../../components/redis/external/index.ts";
import type { RedisConsumer } from "../../../components/redis/args.ts";
import { Redis } from "../../../components/redis/index.ts";
import { keepsData, type RedisConfigPart } from "./rules.ts";

/** A consumer of Redis, wherever the server is. */
interface RedisFeatureConsumer extends Omit<RedisConsumer, "password"> {
  /** The pods that connect. Separate policies allow their connections to a server outside the cluster. */
  readonly callers: readonly Endpoint[];
}

/** The arguments from the platform. */
export interface RedisUpstream {
  readonly namespace: string;
  readonly image: Image;
  readonly consumers: Readonly<Record<string, RedisFeatureConsumer>>;
  readonly squash?: Squash;
}

/** The server of the stack, or an external server. Both return `connections`. */
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
