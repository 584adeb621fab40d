import * as pulumi from "@pulumi/pulumi";
import type {
  DatabaseConnection,
  RedisConnection,
  TracingConnection,
} from "../../components/core/connection.ts";
import type { SecretSource } from "../../components/core/credential/source.ts";
import type { Image } from "../../components/core/images.ts";
import { LITELLM, litellmEndpoints } from "../../components/litellm/endpoints.ts";
import type { ConsumerArgs } from "../../components/litellm/args.ts";
import { LiteLlm } from "../../components/litellm/index.ts";
import { egressPorts, type Model, modelServers } from "../../components/litellm/models.ts";
import { workloadLabels } from "../../components/core/labels.ts";
import type { Edge, Endpoint } from "../../components/core/network/endpoint.ts";
import { type Exposure, exposureEdges } from "../../components/core/workload/exposure.ts";
import { deliveryOf } from "./delivery-schema.ts";
import { gatewayWarnings } from "./gateway-problems.ts";
import type { GatewayConfig } from "./gateway-schema.ts";

/** What the gateway stands on, and who calls it. */
export interface GatewayInputs {
  readonly namespace: string;
  readonly image: Image;
  /** Where the provider keys come from, by the names that models use. */
  readonly apiKeys: Readonly<Record<string, SecretSource>>;
  readonly secrets?: { readonly masterKey?: SecretSource; readonly saltKey?: SecretSource };
  /** Not handed over when `gateway.database` is off. */
  readonly database?: DatabaseConnection;
  readonly redis?: RedisConnection;
  readonly tracing?: TracingConnection;
  /** The platform's applications that call it, by the name of their key. */
  readonly consumers: Readonly<
    Record<string, { readonly namespace: string; readonly source?: SecretSource }>
  >;
  /** What `exposureOf` makes of the section. */
  readonly exposure?: Exposure;
  readonly retain: boolean;
}

/** The gateway as the configuration says. */
export function buildGateway(
  gateway: GatewayConfig,
  { namespace, consumers, ...others }: GatewayInputs,
  opts: pulumi.ComponentResourceOptions,
): LiteLlm {
  for (const warning of gatewayWarnings(gateway)) void pulumi.log.warn(warning);
  return new LiteLlm(
    LITELLM,
    {
      namespace,
      ...others,
      delivery: deliveryOf(gateway),
      models: modelsOf(gateway),
      teams: gateway.teams,
      consumers: consumersOf(gateway, namespace, consumers),
      failClosed: gateway.failClosed,
      cacheTtlSeconds: gateway.cacheTtlSeconds,
      router: gateway.router,
      replicas: gateway.replicas,
      ...(gateway.autoscale === undefined ? {} : { autoscale: gateway.autoscale }),
    },
    opts,
  );
}

/** The far ends of the gateway's edges: of what it stands on. Who calls it says so itself. */
export interface GatewayNeighbours {
  readonly namespace: string;
  /** Absent when it is not used, or outside the cluster. */
  readonly database?: Endpoint | undefined;
  readonly redis?: Endpoint | undefined;
  readonly tracing?: Endpoint | undefined;
  readonly exposure?: Exposure | undefined;
}

/** Every direction of traffic that the gateway needs; to the internet only the ports of the configured providers. */
export function gatewayEdges(gateway: GatewayConfig, neighbours: GatewayNeighbours): Edge[] {
  const { server, migration, keys } = litellmEndpoints(neighbours.namespace, gateway.delivery);
  const { database, redis, tracing, exposure = { kind: "none" } } = neighbours;
  const models = modelsOf(gateway);
  const ports = egressPorts(models);
  return [
    ...(database === undefined
      ? []
      : [
          { from: migration, to: database },
          { from: server, to: database },
        ]),
    ...(gateway.database ? [{ from: keys, to: server }] : []),
    ...[redis, ...modelServers(models)].flatMap((to) => (to === undefined ? [] : [{ from: server, to }])),
    // LiteLLM sends its traces over HTTP, never over gRPC.
    ...(tracing === undefined ? [] : [{ from: server, to: tracing, ports: ["http"] }]),
    ...(ports.length === 0 ? [] : [{ from: server, to: { internet: true as const, ports } }]),
    ...exposureEdges(exposure, server),
  ];
}

/** The models as the component wants them: of a server in the cluster, its endpoint. */
export function modelsOf({ models }: GatewayConfig): Model[] {
  return models.map((model): Model => {
    if (model.provider !== "self-hosted") return model;
    return { ...model, server: modelServerEndpoint(model.server) };
  });
}

/** The pods of an existing model server. They are protected, because direct access would bypass the budgets. */
export function modelServerEndpoint(server: {
  readonly namespace: string;
  readonly application: string;
  readonly component: string;
  readonly port: number;
}): Endpoint {
  const { namespace, application, component, port } = server;
  return {
    namespace,
    podLabels: workloadLabels(application, component),
    ports: { http: port },
    foreign: true,
  };
}

/** The platform's applications and the configured keys: a key that no application has stays in the gateway's namespace. */
function consumersOf(
  { database, keys }: GatewayConfig,
  namespace: string,
  applications: GatewayInputs["consumers"],
): Record<string, ConsumerArgs> {
  const limits = database ? keys : {};
  const names = new Set([...Object.keys(applications), ...Object.keys(limits)]);
  return Object.fromEntries(
    [...names].sort().map((name) => [name, { namespace, ...limits[name], ...applications[name] }]),
  );
}
