import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type SecretRef, serviceHost } from "../components/connection.ts";
import { type Image, IMAGES, parseImage } from "../components/images.ts";
import { LITELLM, litellmEndpoints } from "../components/litellm/endpoints.ts";
import { LiteLlm } from "../components/litellm/index.ts";
import { egressPorts } from "../components/litellm/models.ts";
import { Namespace } from "../components/namespace/index.ts";
import type { Edge } from "../components/network/endpoint.ts";
import { Network } from "../components/network/index.ts";
import { POSTGRES, POSTGRES_PORT, postgresEndpoints } from "../components/postgres/endpoints.ts";
import { Postgres } from "../components/postgres/index.ts";
import type { PlatformConfig } from "./config.ts";
import type { LoadedConfig } from "./load-config.ts";

/** A service of the platform, as people and scripts look for it. */
export interface ServiceOutput {
  readonly component: string;
  readonly namespace: string;
  /** `host:port` inside the cluster. */
  readonly address: string;
  /** `http`: people and programs can open it as a URL. */
  readonly protocol: "http" | "tcp";
  readonly workload: { readonly kind: "Deployment" | "StatefulSet"; readonly name: string };
  /** The exact version of its image. */
  readonly version: string;
}

/** What a stack tells after an update: addresses, names of Secrets (never values), versions. */
export interface PlatformOutputs {
  readonly services: readonly ServiceOutput[];
  readonly secrets: Readonly<Record<string, { namespace: string; name: pulumi.Input<string>; key: string }>>;
}

/** Builds the platform: each layer gets what the layers below it hand over. */
export function buildPlatform({ config, apiKeys }: LoadedConfig): PlatformOutputs {
  const provider = new kubernetes.Provider("cluster", {
    context: config.context,
    // Said here, because the SDK would take them from PULUMI_K8S_* of whoever runs it: an unreachable cluster stops
    // an update, and never makes the state forget what is in it.
    enableServerSideApply: true,
    deleteUnreachable: false,

    skipUpdateUnreachable: false,
    ...(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig }),
  });
  const foundation = buildFoundation(config, { providers: [provider] });
  const opts = { providers: [provider], dependsOn: foundation.resources };

  const postgres = config.features.postgres ? buildPostgres(config, opts) : undefined;
  const gateway = config.features.gateway ? buildGateway(config, apiKeys, postgres, opts) : undefined;

  return {
    services: [
      ...(postgres ? [postgresService(config)] : []),
      ...(gateway ? [gatewayService(config, gateway)] : []),
    ],
    secrets: gateway
      ? { litellmMasterKey: secretOutput(namespaces(config).gateway, gateway.admin.secret) }
      : {},
  };
}

/** The namespace of each layer. */
export function namespaces(config: PlatformConfig) {
  return { data: `${config.namespacePrefix}-data`, gateway: `${config.namespacePrefix}-gateway` } as const;
}

/** The image of a workload: the configured one, or the platform's own. */
function imageOf(config: PlatformConfig, name: keyof typeof IMAGES): Image {
  const configured = config.images[name];
  return (configured === undefined ? undefined : parseImage(configured)) ?? IMAGES[name];
}

/** Every direction of traffic that the stack allows. */
export function edgesOf(config: PlatformConfig): Edge[] {
  const postgres = postgresEndpoints(namespaces(config).data);
  const litellm = litellmEndpoints(namespaces(config).gateway);
  const edges: Edge[] = [];
  if (config.features.postgres) edges.push({ from: postgres.roles, to: postgres.server });
  if (config.features.gateway) {
    if (config.gateway.database) {
      edges.push(
        { from: litellm.migration, to: postgres.server },
        { from: litellm.server, to: postgres.server },
      );
    }
    const ports = egressPorts(config.gateway.models);
    if (ports.length > 0) edges.push({ from: litellm.server, to: { internet: true, ports } });
  }
  return edges;
}

/** Namespaces that deny everything, and the network policies that let the edges through: before any workload. */
function buildFoundation(config: PlatformConfig, opts: pulumi.ComponentResourceOptions) {
  const retain = retainData(config);
  const { data, gateway } = namespaces(config);
  const created = [
    ...(config.features.postgres ? [new Namespace("data", { namespace: data, retain }, opts)] : []),
    ...(config.features.gateway ? [new Namespace("gateway", { namespace: gateway }, opts)] : []),
  ];
  const network = new Network(
    "network",
    { edges: edgesOf(config) },
    pulumi.mergeOptions(opts, { dependsOn: created }),
  );
  return { resources: [...created, network] };
}

function buildPostgres(config: PlatformConfig, opts: pulumi.ComponentResourceOptions): Postgres {
  const { data, gateway } = namespaces(config);
  return new Postgres(
    POSTGRES,
    {
      namespace: data,
      image: imageOf(config, "postgres"),
      consumers: usesDatabase(config) ? { [LITELLM]: { namespace: gateway } } : {},
      storageGi: config.postgres.storageGi,
      ...(config.postgres.storageClass === undefined ? {} : { storageClass: config.postgres.storageClass }),
      retain: retainData(config),
    },
    opts,
  );
}

function buildGateway(
  config: PlatformConfig,
  apiKeys: LoadedConfig["apiKeys"],
  postgres: Postgres | undefined,
  opts: pulumi.ComponentResourceOptions,
): LiteLlm {
  const database = usesDatabase(config) ? postgres?.connections[LITELLM] : undefined;
  return new LiteLlm(
    LITELLM,
    {
      namespace: namespaces(config).gateway,
      image: imageOf(config, "litellm"),
      models: config.gateway.models,
      apiKeys,
      replicas: config.gateway.replicas,
      retain: retainData(config),
      ...(database === undefined ? {} : { database }),
    },
    pulumi.mergeOptions(opts, { dependsOn: postgres ? [postgres] : [] }),
  );
}

function usesDatabase(config: PlatformConfig): boolean {
  return config.features.gateway && config.gateway.database;
}

function retainData(config: PlatformConfig): boolean {
  return config.profile === "prod";
}

function postgresService(config: PlatformConfig): ServiceOutput {
  const namespace = namespaces(config).data;
  return {
    component: POSTGRES,
    namespace,
    address: `${serviceHost(POSTGRES, namespace)}:${POSTGRES_PORT}`,
    protocol: "tcp",
    workload: { kind: "StatefulSet", name: POSTGRES },
    version: imageOf(config, "postgres").tag,
  };
}

function gatewayService(config: PlatformConfig, gateway: LiteLlm): ServiceOutput {
  return {
    component: LITELLM,
    namespace: namespaces(config).gateway,
    address: `${gateway.admin.host}:${gateway.admin.port}`,
    protocol: "http",
    workload: { kind: "Deployment", name: LITELLM },
    version: imageOf(config, "litellm").tag,
  };
}

function secretOutput(namespace: string, ref: SecretRef) {
  return { namespace, name: ref.name, key: ref.key };
}
