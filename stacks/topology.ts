// Who stands where and who talks to whom: all of it follows from the configuration alone.
import { etcdEndpoints } from "../components/etcd/endpoints.ts";
import { LITELLM, litellmEndpoints } from "../components/litellm/endpoints.ts";
import type { Edge, Endpoint } from "../components/core/network/endpoint.ts";
import { natsEndpoints } from "../components/nats/endpoints.ts";
import { networkProbeEdges, networkProbeEndpoints } from "../components/network-probe/endpoints.ts";
import { onePasswordEdges, onePasswordEndpoints } from "../components/onepassword/endpoints.ts";
import {
  OPEN_WEBUI,
  OPEN_WEBUI_CHANNELS,
  OPEN_WEBUI_ROLE,
  openWebUiEndpoints,
} from "../components/open-webui/endpoints.ts";
import { PHOENIX, phoenixEndpoints } from "../components/phoenix/endpoints.ts";
import { clusterEndpoints, operatorEndpoints } from "../components/postgres/cnpg/endpoints.ts";
import { postgresEndpoints } from "../components/postgres/endpoints.ts";
import { redisEndpoints } from "../components/redis/endpoints.ts";
import { modelServers } from "../components/litellm/models.ts";
import type { Exposure } from "../components/core/workload/exposure.ts";
import type { PlatformConfig } from "./config.ts";
import type { ConfigPath } from "./config-problem.ts";
import { chatEdges } from "./features/chat.ts";
import { etcdEdges } from "./features/etcd.ts";
import { exposureOf } from "./features/exposure.ts";
import { gatewayEdges, modelsOf } from "./features/gateway.ts";
import { isolationEdges } from "./features/isolation.ts";
import { kyvernoEdgesOf, kyvernoNamespaces, usesKyverno } from "./features/kyverno.ts";
import type { NamedNamespace } from "./features/namespace-problems.ts";
import { natsEdges } from "./features/nats.ts";
import { postgresEdges, postgresNamespaces, type DatabaseUsers } from "./features/postgres.ts";
import type { RedisUpstream } from "./features/redis.ts";
import { tenantGatewayUsers, tenantNamespaces } from "./features/tenants.ts";
import { tracingEdges } from "./features/tracing.ts";

/** What reads the configuration before it is known to name a cluster, too. */
type Config = Omit<PlatformConfig, "context">;

/** The namespace of each layer. */
export function namespaces({ namespacePrefix: prefix }: Pick<Config, "namespacePrefix">) {
  return {
    data: `${prefix}-data`,
    tracing: `${prefix}-tracing`,
    gateway: `${prefix}-gateway`,
    chat: `${prefix}-chat`,
    onepassword: `${prefix}-onepassword`,
    probe: `${prefix}-network-probe`,
  } as const;
}

/** The namespaces that the stack makes, each with the key that names it: those of a layer whether it is on or not. */
export function madeNamespaces(config: Config): NamedNamespace[] {
  const { features, postgres, security } = config;
  const at = namespaces(config);
  const operator = features.postgres ? postgresNamespaces(postgres, at.data)["postgres-operator"] : undefined;
  return [
    ...Object.values(at).map((namespace) => ({ path: ["namespacePrefix"], namespace })),
    ...Object.entries(tenantNamespaces(config)).map(([name, namespace]) => ({
      path: ["tenants", name],
      namespace,
    })),
    ...(operator === undefined ? [] : [{ path: OPERATOR_NAMESPACE, namespace: operator }]),
    ...Object.values(kyvernoNamespaces(config)).map((namespace) => ({
      path: KYVERNO_NAMESPACE,
      namespace,
      ...(security.kyverno.namespace === "kube-system" ? { mustBeOwn: true } : {}),
    })),
  ];
}

/** The namespaces that are there already and that something of the stack is put into, each with the key that names it. */
export function existingNamespaces(config: Config): NamedNamespace[] {
  const { features, postgres, security, storage, ingressController } = config;
  const { operator } = postgres.cluster;
  const named = (isOn: boolean, path: ConfigPath, namespace: string | undefined): NamedNamespace[] =>
    isOn && namespace !== undefined ? [{ path, namespace }] : [];
  const isOutside = !operator.install || operator.namespaceExists;
  const usesOperator = features.postgres && postgres.mode === "cloudnativepg";
  return [
    ...named(usesOperator && isOutside, OPERATOR_NAMESPACE, operator.namespace),
    ...named(
      usesKyverno(config) && security.kyverno.namespaceExists,
      KYVERNO_NAMESPACE,
      security.kyverno.namespace,
    ),
    ...named(
      features.storage && storage.driver.install,
      ["storage", "driver", "namespace"],
      storage.driver.namespace,
    ),
    ...named(true, ["ingressController", "namespace"], ingressController.namespace),
  ];
}

const OPERATOR_NAMESPACE = ["postgres", "cluster", "operator", "namespace"];
const KYVERNO_NAMESPACE = ["security", "kyverno", "namespace"];

/** Whether anything of the stack itself runs in the namespace of the data services. */
export function hasDataServices({ features, postgres, redis }: Config): boolean {
  return (
    (features.postgres && postgres.mode !== "external") ||
    (features.redis && redis.external === undefined) ||
    features.nats ||
    features.etcd
  );
}

/** Every workload that the platform may have, whatever of it is on: the labels of its pods are nobody else's. */
export function ownWorkloads(config: Config): Endpoint[] {
  const at = namespaces(config);
  const { operator } = config.postgres.cluster;
  return [
    postgresEndpoints(at.data),
    clusterEndpoints(at.data),
    operatorEndpoints(operator.namespace),
    redisEndpoints(at.data),
    natsEndpoints(at.data),
    etcdEndpoints(at.data),
    phoenixEndpoints(at.tracing),
    litellmEndpoints(at.gateway, config.gateway.delivery),
    openWebUiEndpoints(at.chat),
    onePasswordEndpoints(at.onepassword),
    networkProbeEndpoints(at.probe),
  ].flatMap((endpoints) => Object.values<Endpoint>(endpoints));
}

/** Who has a database, by the name of the role. */
export function databaseUsers(config: Config): DatabaseUsers {
  const { features, gateway } = config;
  const at = namespaces(config);
  const litellm = litellmEndpoints(at.gateway, gateway.delivery);
  return {
    ...(features.gateway && gateway.database
      ? { [LITELLM]: { namespace: at.gateway, callers: [litellm.migration, litellm.server] } }
      : {}),
    ...(features.tracing
      ? { [PHOENIX]: { namespace: at.tracing, callers: [phoenixEndpoints(at.tracing).server] } }
      : {}),
    ...(features.chat
      ? { [OPEN_WEBUI_ROLE]: { namespace: at.chat, callers: [openWebUiEndpoints(at.chat).server] } }
      : {}),
  };
}

/** Who has a user in Redis, by its name. */
export function redisUsers(config: Config): RedisUpstream["consumers"] {
  const { features, gateway } = config;
  const at = namespaces(config);
  return {
    ...(features.gateway
      ? {
          [LITELLM]: {
            namespace: at.gateway,
            callers: [litellmEndpoints(at.gateway, gateway.delivery).server],
          },
        }
      : {}),
    ...(features.chat
      ? {
          [OPEN_WEBUI_ROLE]: {
            namespace: at.chat,
            callers: [openWebUiEndpoints(at.chat).server],
            channels: OPEN_WEBUI_CHANNELS,
          },
        }
      : {}),
  };
}

/** The applications of the platform and the tenants that call the gateway, by the name of their key. */
export function gatewayUsers(config: Config): Readonly<Record<string, { readonly namespace: string }>> {
  return {
    ...(config.features.chat ? { [OPEN_WEBUI]: { namespace: namespaces(config).chat } } : {}),
    ...tenantGatewayUsers(config),
  };
}

/** How each service that people use is reached. */
export function exposures({ tracing, gateway, chat, ingressController }: Config) {
  const of = (exposure: Parameters<typeof exposureOf>[0]): Exposure =>
    exposureOf(exposure, ingressController);
  return { tracing: of(tracing.exposure), gateway: of(gateway.exposure), chat: of(chat.exposure) } as const;
}

/** Every direction of traffic that the stack allows. */
export function edgesOf(config: Config): Edge[] {
  const { features } = config;
  const at = namespaces(config);
  const exposed = exposures(config);
  const database = databaseServer(config);
  const redis =
    features.redis && config.redis.external === undefined ? redisEndpoints(at.data).server : undefined;
  const tracing = features.tracing ? phoenixEndpoints(at.tracing).server : undefined;
  const gateway = litellmEndpoints(at.gateway, config.gateway.delivery).server;

  return [
    ...kyvernoEdgesOf(config),
    ...(features.onepassword ? onePasswordEdges(at.onepassword, config.onepassword.mode) : []),
    // Who calls a server says so below.
    ...(features.postgres ? postgresEdges(config.postgres, at.data, {}) : []),
    ...(features.nats ? natsEdges(config, at.data) : []),
    ...(features.etcd ? etcdEdges(config, at.data) : []),
    ...(features.tracing ? tracingEdges(at.tracing, { database, exposure: exposed.tracing }) : []),
    ...(features.gateway
      ? gatewayEdges(config.gateway, {
          namespace: at.gateway,
          database: config.gateway.database ? database : undefined,
          redis,
          tracing,
          exposure: exposed.gateway,
        })
      : []),
    ...(features.chat ? chatEdges(at.chat, { gateway, database, redis, exposure: exposed.chat }) : []),
    ...isolationEdges(config, {
      gateway: features.gateway ? gateway : undefined,
      modelServers: features.gateway ? modelServers(modelsOf(config.gateway)) : [],
      tenants: Object.values(tenantGatewayUsers(config)).map(({ namespace }) => namespace),
      metrics: metricsEndpoints(config),
    }),
    ...(config.network.probe ? networkProbeEdges(at.probe) : []),
  ];
}

/** Where what is on serves metrics. LiteLLM's are not switched on, and the others have none without an exporter. */
function metricsEndpoints(config: Config): Endpoint[] {
  const { features, postgres, tracing } = config;
  const at = namespaces(config);
  return [
    ...(features.postgres && postgres.mode === "cloudnativepg" ? [clusterEndpoints(at.data).metrics] : []),
    ...(features.nats ? [natsEndpoints(at.data).metrics] : []),
    ...(features.etcd ? [etcdEndpoints(at.data).metrics] : []),
    ...(features.tracing && tracing.metrics ? [phoenixEndpoints(at.tracing).metrics] : []),
  ];
}

/** Nothing when it is off, or outside the cluster. */
function databaseServer(config: Config): Endpoint | undefined {
  if (!config.features.postgres) return undefined;
  const { data } = namespaces(config);
  switch (config.postgres.mode) {
    case "single":
      return postgresEndpoints(data).server;
    case "cloudnativepg":
      return clusterEndpoints(data).server;
    case "external":
      return undefined;
  }
}
