import { serviceHost } from "../components/core/connection.ts";
import { ETCD, ETCD_PORT } from "../components/etcd/endpoints.ts";
import { type Image, imageNamed, IMAGES } from "../components/core/images.ts";
import { LITELLM, LITELLM_PORT, litellmName } from "../components/litellm/endpoints.ts";
import { NATS, NATS_PORT } from "../components/nats/endpoints.ts";
import { OPEN_WEBUI, OPEN_WEBUI_PORT } from "../components/open-webui/endpoints.ts";
import { PHOENIX, PHOENIX_PORT, phoenixService } from "../components/phoenix/endpoints.ts";
import { POSTGRES } from "../components/postgres/endpoints.ts";
import { REDIS, REDIS_PORT } from "../components/redis/endpoints.ts";
import type { PlatformConfig } from "./config.ts";
import { postgresAddress } from "./features/postgres.ts";
import { namespaces } from "./topology.ts";

/** A service of the platform, as people and scripts look for it. */
export interface ServiceOutput {
  readonly component: string;
  readonly namespace: string;
  /** `host:port` inside the cluster. */
  readonly address: string;
  /** `http`: people and programs can open it as a URL. */
  readonly protocol: "http" | "tcp";
  readonly workload: { readonly kind: "Deployment" | "StatefulSet" | "Cluster"; readonly name: string };
  /** The exact version of its image. */
  readonly version: string;
}

/** The image of a workload: the configured one, or the platform's own. */
export function imageOf({ images }: Pick<PlatformConfig, "images">, name: keyof typeof IMAGES): Image {
  const configured = images[name];
  return configured === undefined ? IMAGES[name] : imageNamed(configured);
}

/** The images that the stack runs, by their names. */
export function imageNames({
  features,
  postgres,
  redis,
  network,
}: Pick<PlatformConfig, "features" | "postgres" | "redis" | "network">): (keyof typeof IMAGES)[] {
  const database = {
    single: ["postgres"],
    cloudnativepg: ["postgresCluster", ...(postgres.cluster.operator.install ? ["postgresOperator"] : [])],
    external: [],
  } satisfies Record<typeof postgres.mode, string[]>;
  const used: string[] = [
    ...(features.postgres ? database[postgres.mode] : []),
    ...(features.redis && redis.external === undefined ? ["redis"] : []),
    ...(features.nats ? ["nats"] : []),
    ...(features.etcd ? ["etcd", "python"] : []),
    ...(network.probe ? ["python"] : []),
    ...(features.tracing ? ["phoenix"] : []),
    ...(features.gateway ? ["litellm"] : []),
    ...(features.chat ? ["openWebui"] : []),
    ...(features.onepassword
      ? ["onepasswordOperator", "onepasswordConnectApi", "onepasswordConnectSync"]
      : []),
  ];
  return (Object.keys(IMAGES) as (keyof typeof IMAGES)[]).filter((name) => used.includes(name));
}

/** Those images. */
export function imagesOf(config: Parameters<typeof imageNames>[0] & Parameters<typeof imageOf>[0]) {
  return Object.fromEntries(imageNames(config).map((name) => [name, imageOf(config, name)]));
}

/** The services that run in the cluster, in the order of their layers. */
export function servicesOf(config: PlatformConfig): ServiceOutput[] {
  const { features, postgres, redis, tracing, gateway } = config;
  const at = namespaces(config);
  const gatewayName = litellmName(gateway.delivery);
  const service = (
    component: string,
    namespace: string,
    port: number,
    image: keyof typeof IMAGES,
    others: Partial<ServiceOutput> = {},
  ): ServiceOutput => ({
    component,
    namespace,
    address: `${serviceHost(component, namespace)}:${port}`,
    protocol: "tcp",
    workload: { kind: "StatefulSet", name: component },
    version: imageOf(config, image).tag,
    ...others,
  });
  return [
    ...(features.postgres ? postgresService() : []),
    ...(features.redis && redis.external === undefined ? [service(REDIS, at.data, REDIS_PORT, "redis")] : []),
    ...(features.nats ? [service(NATS, at.data, NATS_PORT, "nats")] : []),
    ...(features.etcd ? [service(ETCD, at.data, ETCD_PORT, "etcd")] : []),
    ...(features.tracing
      ? [
          service(PHOENIX, at.tracing, PHOENIX_PORT, "phoenix", {
            protocol: "http",
            address: `${serviceHost(phoenixService(tracing.delivery), at.tracing)}:${PHOENIX_PORT}`,
            workload: { kind: tracing.delivery === "helm" ? "Deployment" : "StatefulSet", name: PHOENIX },
          }),
        ]
      : []),
    ...(features.gateway
      ? [
          service(LITELLM, at.gateway, LITELLM_PORT, "litellm", {
            protocol: "http",
            address: `${serviceHost(gatewayName, at.gateway)}:${LITELLM_PORT}`,
            workload: { kind: "Deployment", name: gatewayName },
          }),
        ]
      : []),
    ...(features.chat
      ? [service(OPEN_WEBUI, at.chat, OPEN_WEBUI_PORT, "openWebui", { protocol: "http" })]
      : []),
  ];

  function postgresService(): ServiceOutput[] {
    const address = postgresAddress(postgres, at.data);
    switch (postgres.mode) {
      case "single":
        return [service(POSTGRES, at.data, 0, "postgres", { address })];
      case "cloudnativepg":
        return [
          service(POSTGRES, at.data, 0, "postgresCluster", {
            address,
            workload: { kind: "Cluster", name: POSTGRES },
          }),
        ];
      case "external":
        return [];
    }
  }
}
