import { serviceHost } from "../../../components/core/connection.ts";
import { connectionsOfPods } from "../../../components/litellm/connections.ts";
import {
  LITELLM,
  LITELLM_ADMIN,
  LITELLM_CACHE,
  LITELLM_PORT,
  litellmEndpoints,
  litellmName,
} from "../../../components/litellm/endpoints.ts";
import { egressPorts, modelServers } from "../../../components/litellm/models.ts";
import { exposureOf } from "../../exposure.ts";
import type { Feature } from "../../feature.ts";
import { defined, distinct, required } from "../../given.ts";
import { imageOf } from "../../images.ts";
import { namespaceOf } from "../../namespace-of.ts";
import { sharedProblems } from "../../rules/namespaces.ts";
import { modelServerEndpoint } from "../../schema/model-server.ts";
import { buildGateway } from "./build.ts";
import { modelApiKeys, modelsOf } from "./models.ts";
import { apiKeyProblems, modelNamespaces, rawModels } from "./raw-models.ts";
import { gatewayProblems } from "./rules.ts";
import { gatewaySchema } from "./schema.ts";

export const gateway: Feature<"gateway"> = {
  name: "gateway",
  schema: gatewaySchema,
  toggle: { default: true, description: "The LLM gateway, LiteLLM." },
  configKeys: ({ gateway: section }) => modelApiKeys(section),
  stage: "services",
  provides: "gateway",
  plan(config) {
    const namespace = namespaceOf(config, "gateway");
    const { delivery, database, exposure: section } = config.gateway;
    const { server, migration, keys } = litellmEndpoints(namespace, delivery);
    const name = litellmName(delivery);
    const models = modelsOf(config.gateway);
    const ownServers = modelServers(models);
    const ports = egressPorts(models);
    return {
      namespaces: { gateway: { namespace, retain: config.profile === "prod" } },
      workloads: [server, migration, keys],
      images: ["litellm"],
      installsChart: delivery === "helm",
      server,
      uses: [
        ...(database
          ? [
              {
                of: "database",
                name: LITELLM,
                namespace,
                callers: [migration, server],
                credential: "postgresLitellm",
                connections: connectionsOfPods(config.gateway),
                needs: "to-start",
                required: "the gateway stores its keys and budgets in PostgreSQL",
                offKey: ["gateway", "database"],
              } as const,
            ]
          : []),
        {
          of: "redis",
          name: LITELLM,
          namespace,
          callers: [server],
          credential: "redisLitellm",
          // Its rate limits and locks are scripts.
          scripts: true,
          needs: "to-work",
        },
        ...(config.gateway.cacheTtlSeconds === 0
          ? []
          : [
              {
                of: "redis",
                name: LITELLM_CACHE,
                namespace,
                callers: [server],
                credential: "redisLitellmCache",
                needs: "to-work",
              } as const,
            ]),
        // LiteLLM sends its traces over HTTP, never over gRPC.
        {
          of: "traces",
          name: LITELLM,
          namespace,
          callers: [server],
          ports: ["http"],
          projectName: config.tracing.gatewayProject,
          needs: "to-work",
        },
      ],
      edges: [
        ...(database ? [{ from: keys, to: server }] : []),
        ...distinct([...ownServers, ...config.inference.map(modelServerEndpoint)]).map((to) => ({
          from: server,
          to,
        })),
        ...(ports.length === 0 ? [] : [{ from: server, to: { internet: true as const, ports } }]),
      ],
      exposed: {
        path: ["gateway", "exposure"],
        config: section,
        exposure: exposureOf(section, config.ingressController),
        server,
      },
      metrics: ownServers,
      services: [
        {
          component: LITELLM,
          namespace,
          address: `${serviceHost(name, namespace)}:${LITELLM_PORT}`,
          protocol: "http",
          workload: { kind: "Deployment", name },
          version: imageOf(config, "litellm").tag,
        },
      ],
    };
  },
  rules: (config, { source, users, made }) => {
    const models = rawModels(source);
    return [
      ...gatewayProblems(config, models, Object.keys(users("gateway"))),
      ...apiKeyProblems(models, source),
      ...sharedProblems(modelNamespaces(models), made),
    ];
  },
  build({ config, readers, sources, users, connection, opts }) {
    const namespace = namespaceOf(config, "gateway");
    const built = buildGateway(
      config.gateway,
      {
        namespace,
        image: imageOf(config, "litellm"),
        apiKeys: Object.fromEntries(
          modelApiKeys(config.gateway).map((key) => [
            key,
            { kind: "config", value: readers.configKey(key) } as const,
          ]),
        ),
        secrets: defined({ masterKey: sources.litellmMasterKey, saltKey: sources.litellmSaltKey }),
        ...(config.gateway.database ? { database: required(connection("database", LITELLM), LITELLM) } : {}),
        ...defined({
          redis: connection("redis", LITELLM),
          cacheRedis: connection("redis", LITELLM_CACHE),
          tracing: connection("traces", LITELLM),
        }),
        consumers: Object.fromEntries(
          Object.entries(users("gateway")).map(([name, user]) => [name, { namespace: user.namespace }]),
        ),
        exposure: exposureOf(config.gateway.exposure, config.ingressController),
        retain: config.profile === "prod",
      },
      opts,
    );
    return {
      resources: [built],
      connections: built.connections,
      secrets: {
        litellmMasterKey: {
          namespace,
          ref: built.admin.secret,
          service: LITELLM,
          ...(config.gateway.adminInterface ? { user: LITELLM_ADMIN } : {}),
        },
      },
    };
  },
};
