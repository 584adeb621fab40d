import { serviceHost } from "../../../components/core/connection.ts";
import { NATS, NATS_PORT, natsEndpoints } from "../../../components/nats/endpoints.ts";
import type { Feature } from "../../feature.ts";
import { imageOf } from "../../images.ts";
import { namespaceOf } from "../../namespace-of.ts";
import { configKeysOf, secretsAround, secretSourceProblems } from "../../rules/secrets.ts";
import { userPodProblems } from "../../rules/user-pods.ts";
import { buildNats, natsEdges } from "./build.ts";
import { natsPasswordSources, natsProblems } from "./rules.ts";
import { natsSchema } from "./schema.ts";

export const nats: Feature<"nats"> = {
  name: "nats",
  schema: natsSchema,
  toggle: { default: false, description: "The NATS servers." },
  configKeys: (config) => natsPasswordSources(config).flatMap((placed) => configKeysOf(placed.config)),
  stage: "services",
  plan(config) {
    const data = namespaceOf(config, "data");
    const endpoints = natsEndpoints(data);
    return {
      namespaces: { data: { namespace: data, retain: config.profile === "prod" } },
      workloads: Object.values(endpoints),
      images: ["nats", ...(config.nats.streams.length === 0 ? [] : (["python"] as const))],
      edges: natsEdges(config, data),
      metrics: [endpoints.metrics],
      data: [{ path: ["nats", "storageClass"], storageClass: config.nats.storageClass, isDatabase: true }],
      services: [
        {
          component: NATS,
          namespace: data,
          address: `${serviceHost(NATS, data)}:${NATS_PORT}`,
          protocol: "tcp",
          workload: { kind: "StatefulSet", name: NATS },
          version: imageOf(config, "nats").tag,
        },
      ],
    };
  },
  rules: (config, { source, workloads }) => [
    ...natsProblems(config),
    ...userPodProblems(["nats", "users"], config.nats.users, workloads),
    ...secretSourceProblems(natsPasswordSources(config), secretsAround(config, source)),
  ],
  build: ({ config, readers, opts }) => ({
    resources: [
      buildNats(
        config,
        {
          namespace: namespaceOf(config, "data"),
          image: imageOf(config, "nats"),
          scriptImage: imageOf(config, "python"),
          readers,
        },
        opts,
      ),
    ],
  }),
};
