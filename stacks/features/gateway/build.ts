import * as pulumi from "@pulumi/pulumi";
import type {
  DatabaseConnection,
  RedisConnection,
  TracingConnection,
} from "../../../components/core/connection.ts";
import type { SecretSource } from "../../../components/core/credential/source.ts";
import type { Image } from "../../../components/core/images.ts";
import { LITELLM } from "../../../components/litellm/endpoints.ts";
import type { ConsumerArgs } from "../../../components/litellm/args.ts";
import { LiteLlm } from "../../../components/litellm/index.ts";
import type { Exposure } from "../../../components/core/workload/exposure.ts";
import { deliveryOf } from "../../schema/delivery.ts";
import { modelsOf } from "./models.ts";
import { gatewayWarnings } from "./rules.ts";
import type { GatewayConfig } from "./schema.ts";

/** The dependencies of the gateway, and its callers. */
export interface GatewayInputs {
  readonly namespace: string;
  readonly image: Image;
  /** Sources of the provider keys, by the names that models use. */
  readonly apiKeys: Readonly<Record<string, SecretSource>>;
  readonly secrets?: { readonly masterKey?: SecretSource; readonly saltKey?: SecretSource };
  /** Absent if `gateway.database` is off. */
  readonly database?: DatabaseConnection;
  readonly redis?: RedisConnection;
  /** As the user {@link LITELLM_CACHE}; not handed over when nothing is cached. */
  readonly cacheRedis?: RedisConnection;
  readonly tracing?: TracingConnection;
  /** The platform's applications that call the gateway, by the name of their key. */
  readonly consumers: Readonly<
    Record<string, { readonly namespace: string; readonly source?: SecretSource }>
  >;
  /** The result of `exposureOf` for the section. */
  readonly exposure?: Exposure;
  readonly retain: boolean;
}

/** Creates the gateway from the configuration. */
export function buildGateway(
  gateway: GatewayConfig,
  { namespace, consumers, cacheRedis, ...others }: GatewayInputs,
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
      ...(cacheRedis === undefined
        ? {}
        : { cache: { redis: cacheRedis, ttlSeconds: gateway.cacheTtlSeconds, scope: gateway.cacheScope } }),
      adminInterface: gateway.adminInterface,
      router: gateway.router,
      replicas: gateway.replicas,
      ...(gateway.autoscale === undefined ? {} : { autoscale: gateway.autoscale }),
    },
    opts,
  );
}

/** The platform's applications and the configured keys. A key without an application stays in the gateway's namespace. */
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
