import { serviceHost } from "../../../components/core/connection.ts";
import { REDIS, REDIS_PORT, redisEndpoints } from "../../../components/redis/endpoints.ts";
import type { Feature } from "../../feature.ts";
import { defined } from "../../given.ts";
import { imageOf } from "../../images.ts";
import { namespaceOf } from "../../namespace-of.ts";
import { squashFor } from "../../squash.ts";
import { buildRedis } from "./build.ts";
import { redisProblems } from "./rules.ts";
import { redisSchema } from "./schema.ts";

export const redis: Feature<"redis"> = {
  name: "redis",
  schema: redisSchema,
  toggle: { default: true, description: "The Redis server, Valkey." },
  stage: "services",
  provides: "redis",
  plan(config) {
    const namespace = namespaceOf(config, "data");
    const { server } = redisEndpoints(namespace);
    const data = [
      { path: ["redis", "storageClass"], storageClass: config.redis.storageClass, isDatabase: false },
    ];
    if (config.redis.external !== undefined) return { workloads: [server], data };
    return {
      namespaces: { data: { namespace, retain: config.profile === "prod" } },
      workloads: [server],
      images: ["redis"],
      server,
      data,
      services: [
        {
          component: REDIS,
          namespace,
          address: `${serviceHost(REDIS, namespace)}:${REDIS_PORT}`,
          protocol: "tcp",
          workload: { kind: "StatefulSet", name: REDIS },
          version: imageOf(config, "redis").tag,
        },
      ],
    };
  },
  rules: redisProblems,
  build({ config, users, opts }) {
    const built = buildRedis(
      config,
      {
        namespace: namespaceOf(config, "data"),
        image: imageOf(config, "redis"),
        consumers: users("redis"),
        ...defined({ squash: squashFor(config, config.redis.storageClass) }),
      },
      opts,
    );
    return { resources: [built], connections: built.connections };
  },
};
