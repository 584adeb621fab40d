import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { SecretRef } from "../components/core/connection.ts";
import { unpinnedImages } from "../components/core/image-rules.ts";
import { LITELLM, LITELLM_ADMIN } from "../components/litellm/endpoints.ts";
import type { LiteLlm } from "../components/litellm/index.ts";
import { Namespace, type NamespaceArgs } from "../components/core/namespace/index.ts";
import { Network } from "../components/core/network/index.ts";
import { NETWORK_PROBE } from "../components/network-probe/endpoints.ts";
import { NetworkProbe } from "../components/network-probe/index.ts";
import { OPEN_WEBUI, OPEN_WEBUI_ROLE } from "../components/open-webui/endpoints.ts";
import { PHOENIX, PHOENIX_ADMIN } from "../components/phoenix/endpoints.ts";
import type { Phoenix } from "../components/phoenix/index.ts";
import type { PlatformConfig } from "./config.ts";
import { buildChat } from "./features/chat.ts";
import { buildEtcd } from "./features/etcd.ts";
import { buildGateway } from "./features/gateway.ts";
import { buildKueue } from "./features/kueue.ts";
import { kyvernoNamespaces } from "./features/kyverno.ts";
import { buildNats } from "./features/nats.ts";
import { checkEnforcer } from "./features/network-enforcer.ts";
import { buildOnePassword } from "./features/onepassword.ts";
import { buildPostgres, type BuiltPostgres, postgresNamespaces } from "./features/postgres.ts";
import { buildRedis } from "./features/redis.ts";
import { secretSources } from "./features/secrets.ts";
import { buildSecurity } from "./features/security.ts";
import { buildStorage, squashFor } from "./features/storage.ts";
import { buildTenants, tenantGatewayUsers, tenantNamespaceArgs, tenantQueues } from "./features/tenants.ts";
import { buildTracing } from "./features/tracing.ts";
import type { LoadedConfig } from "./load-config.ts";
import { imageOf, imagesOf, type ServiceOutput, servicesOf } from "./services.ts";
import {
  databaseUsers,
  edgesOf,
  exposures,
  gatewayUsers,
  hasDataServices,
  namespaces,
  redisUsers,
} from "./topology.ts";

/** What a stack tells after an update: addresses, names of Secrets (never values), versions. */
export interface PlatformOutputs {
  readonly services: readonly ServiceOutput[];
  readonly secrets: Readonly<Record<string, SecretOutput>>;
}

/** A Secret that people need, and what it opens. */
export interface SecretOutput {
  readonly namespace: string;
  readonly name: pulumi.Input<string>;
  readonly key: string;
  /** The component that takes it. */
  readonly service: string;
  /** Who signs in with it on the page of the service; absent where it is a key for programs alone. */
  readonly user?: string;
}

type Sources = ReturnType<typeof secretSources>;
type Redis = ReturnType<typeof buildRedis>;
type Options = pulumi.ComponentResourceOptions;

/** What one layer stands on. */
interface Layer {
  readonly config: PlatformConfig;
  readonly sources: Sources;
  readonly readers: LoadedConfig["readers"];
  readonly opts: Options;
}

/** Builds the platform: each layer gets what the layers below it hand over. */
export function buildPlatform({ config, apiKeys, readers }: LoadedConfig): PlatformOutputs {
  warnOfUnpinnedImages(config);
  const { features } = config;
  const provider = new kubernetes.Provider("cluster", {
    context: config.context,
    // Said here, because the SDK would take them from PULUMI_K8S_* of whoever runs it: an unreachable cluster stops
    // an update, and never makes the state forget what is in it.
    enableServerSideApply: true,
    deleteUnreachable: false,
    skipUpdateUnreachable: false,
    // Secrets are immutable, and a new value is a new Secret; but for the one that NATS reads again by itself.
    enableSecretMutable: true,
    ...(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig }),
  });
  const providers = { providers: [provider] };
  // Nothing is made before it is known that the borders hold.
  const dependsOn = checkEnforcer(config, { provider });
  const foundation = buildFoundation(config, readers, { ...providers, dependsOn });
  const opts = { ...providers, dependsOn: foundation };
  const layer: Layer = { config, sources: secretSources(config.secrets, readers), readers, opts };

  const postgres = features.postgres ? buildDatabase(layer) : undefined;
  const redis = features.redis ? buildCache(layer) : undefined;
  if (features.nats) {
    const upstream = { namespace: namespaces(config).data, image: imageOf(config, "nats"), readers };
    buildNats(config, upstream, opts);
  }
  if (features.etcd) buildMembers(layer);
  const tracing = features.tracing ? buildTraces(layer, postgres) : undefined;
  const gateway = features.gateway ? buildProxy(layer, apiKeys, { postgres, redis, tracing }) : undefined;
  const chat = features.chat ? buildInterface(layer, { postgres, redis, gateway }) : undefined;
  buildTenants(config, opts);
  if (features.kueue) {
    buildKueue(config.kueue, { namePrefix: config.namespacePrefix, queues: tenantQueues(config) }, opts);
  }

  const at = namespaces(config);
  return {
    services: servicesOf(config),
    secrets: {
      ...(gateway
        ? {
            litellmMasterKey: secretOutput(at.gateway, gateway.admin.secret, {
              service: LITELLM,
              // Its page keeps sessions in the database.
              ...(config.gateway.database ? { user: LITELLM_ADMIN } : {}),
            }),
          }
        : {}),
      ...(tracing
        ? {
            phoenixAdminPassword: secretOutput(at.tracing, tracing.admin.secret, {
              service: PHOENIX,
              user: PHOENIX_ADMIN,
            }),
          }
        : {}),
      ...(chat
        ? {
            openWebuiAdminPassword: secretOutput(at.chat, chat.admin.secret, {
              service: OPEN_WEBUI,
              user: config.chat.adminEmail,
            }),
          }
        : {}),
      ...Object.fromEntries(
        Object.entries(tenantGatewayUsers(config)).map(([key, { namespace }]) => [
          key,
          secretOutput(namespace, keyOf(gateway, key), { service: LITELLM }),
        ]),
      ),
    },
  };
}

/** Whoever can push to a registry decides what a tag is. Said in prod until digests are there. */
function warnOfUnpinnedImages(config: PlatformConfig): void {
  if (config.profile !== "prod") return;
  const unpinned = unpinnedImages(imagesOf(config));
  if (unpinned.length > 0)
    void pulumi.log.warn(
      `images by tag alone: ${unpinned.join(", ")}. To pin them by digest: make pin-images`,
    );
}

/**
 * Namespaces that deny everything, the network policies that let the edges through, and the admission policies: before any
 * workload.
 */
function buildFoundation(
  config: PlatformConfig,
  readers: LoadedConfig["readers"],
  opts: Options,
): pulumi.Resource[] {
  const { features } = config;
  const at = namespaces(config);
  const retain = retainData(config);
  const wanted: Record<string, NamespaceArgs> = {
    ...(hasDataServices(config) ? { data: { namespace: at.data, retain } } : {}),
    ...Object.fromEntries(
      Object.entries(features.postgres ? postgresNamespaces(config.postgres, at.data) : {})
        .filter(([name]) => name !== "data")
        .map(([name, namespace]) => [name, { namespace }]),
    ),
    // A namespace takes with it what is in it: secrets are kept with those that keep something.
    ...(features.tracing ? { tracing: { namespace: at.tracing, retain } } : {}),
    ...(features.gateway ? { gateway: { namespace: at.gateway, retain } } : {}),
    ...(features.chat ? { chat: { namespace: at.chat, retain } } : {}),
    ...(features.onepassword ? { onepassword: { namespace: at.onepassword } } : {}),
    ...(config.network.probe ? { probe: { namespace: at.probe } } : {}),
    ...Object.fromEntries(
      Object.entries(kyvernoNamespaces(config)).map(([name, namespace]) => [name, { namespace }]),
    ),
    ...tenantNamespaceArgs(config, retain),
  };
  // Those of the platform's own applications.
  const own = Object.values(wanted)
    .filter(({ role }) => role !== "tenant")
    .map(({ namespace }) => namespace)
    .filter((namespace) => !Object.values(kyvernoNamespaces(config)).includes(namespace));
  const created = Object.entries(wanted).map(([name, args]) => new Namespace(name, args, opts));
  const network = new Network(
    "network",
    { edges: edgesOf(config), closed: Object.values(wanted).map(({ namespace }) => namespace) },
    pulumi.mergeOptions(opts, { dependsOn: created }),
  );
  const closed = pulumi.mergeOptions(opts, { dependsOn: [...created, network] });
  const upstream = { queues: tenantQueues(config), images: imagesOf(config), namespaces: own };
  const security = features.security ? buildSecurity(config, upstream, closed) : [];
  const after = pulumi.mergeOptions(closed, { dependsOn: security });
  const storage = features.storage ? [buildStorage(config.storage, config.namespacePrefix, opts)] : [];
  const operator = features.onepassword
    ? [
        buildOnePassword(
          config.onepassword,
          {
            profile: config.profile,
            namespace: at.onepassword,
            // Of a tenant it has nothing to do with: its key at the gateway is generated.
            watchNamespaces: own.filter((namespace) => namespace !== at.onepassword),
            images: {
              operator: imageOf(config, "onepasswordOperator"),
              connectApi: imageOf(config, "onepasswordConnectApi"),
              connectSync: imageOf(config, "onepasswordConnectSync"),
            },
            configKey: readers.configKey,
          },
          after,
        ),
      ]
    : [];
  const probe = config.network.probe
    ? [new NetworkProbe(NETWORK_PROBE, { namespace: at.probe, image: imageOf(config, "python") }, after)]
    : [];
  return [...created, network, ...security, ...storage, ...operator, ...probe];
}

function buildDatabase({ config, sources, opts }: Layer): BuiltPostgres {
  const { postgresSuperuser: superuser, postgresLitellm, postgresPhoenix, postgresOpenWebui } = sources;
  const passwords = {
    [LITELLM]: postgresLitellm,
    [PHOENIX]: postgresPhoenix,
    [OPEN_WEBUI_ROLE]: postgresOpenWebui,
  };
  return buildPostgres(
    config.postgres,
    {
      namespace: namespaces(config).data,
      images: {
        postgres: imageOf(config, "postgres"),
        postgresVector: imageOf(config, "postgresVector"),
        postgresCluster: imageOf(config, "postgresCluster"),
        postgresOperator: imageOf(config, "postgresOperator"),
      },
      users: withPasswords(databaseUsers(config), passwords),
      retain: retainData(config),
      ...(superuser === undefined ? {} : { superuser }),
    },
    opts,
  );
}

function buildCache({ config, sources, opts }: Layer): Redis {
  const { storageClass } = config.redis;
  const squash = squashFor(config.storage, config.namespacePrefix, storageClass);
  const passwords = { [LITELLM]: sources.redisLitellm, [OPEN_WEBUI_ROLE]: sources.redisOpenWebui };
  return buildRedis(
    config,
    {
      namespace: namespaces(config).data,
      image: imageOf(config, "redis"),
      consumers: withPasswords(redisUsers(config), passwords),
      ...(squash === undefined ? {} : { squash }),
    },
    opts,
  );
}

function buildMembers({ config, sources, opts }: Layer): void {
  const squash = squashFor(config.storage, config.namespacePrefix, config.etcd.storageClass);
  buildEtcd(
    config,
    {
      namespace: namespaces(config).data,
      image: imageOf(config, "etcd"),
      scriptImage: imageOf(config, "python"),
      ...(squash === undefined ? {} : { squash }),
      ...(sources.etcdRoot === undefined ? {} : { secrets: { root: sources.etcdRoot } }),
    },
    opts,
  );
}

function buildTraces({ config, sources, opts }: Layer, postgres: BuiltPostgres | undefined): Phoenix {
  const { phoenixSecret: secret, phoenixSystemKey: systemKey, phoenixAdmin: adminPassword } = sources;
  return buildTracing(
    config.tracing,
    {
      namespace: namespaces(config).tracing,
      image: imageOf(config, "phoenix"),
      database: connection(postgres, PHOENIX),
      consumers: config.features.gateway
        ? { [LITELLM]: { namespace: namespaces(config).gateway, projectName: config.tracing.gatewayProject } }
        : {},
      secrets: defined({ secret, systemKey, adminPassword }),
      exposure: exposures(config).tracing,
      retain: retainData(config),
    },
    after(opts, postgres?.resource),
  );
}

function buildProxy(
  { config, sources, opts }: Layer,
  apiKeys: LoadedConfig["apiKeys"],
  below: {
    readonly postgres: BuiltPostgres | undefined;
    readonly redis: Redis | undefined;
    readonly tracing: Phoenix | undefined;
  },
): LiteLlm {
  const { litellmMasterKey: masterKey, litellmSaltKey: saltKey } = sources;
  const { postgres, redis, tracing } = below;
  return buildGateway(
    config.gateway,
    {
      namespace: namespaces(config).gateway,
      image: imageOf(config, "litellm"),
      apiKeys,
      secrets: defined({ masterKey, saltKey }),
      ...(config.gateway.database ? { database: connection(postgres, LITELLM) } : {}),
      ...defined({ redis: redis?.connections[LITELLM], tracing: tracing?.connections[LITELLM] }),
      consumers: Object.fromEntries(
        Object.entries(gatewayUsers(config)).map(([name, { namespace }]) => [name, { namespace }]),
      ),
      exposure: exposures(config).gateway,
      retain: retainData(config),
    },
    after(opts, postgres?.resource, redis, tracing),
  );
}

function buildInterface(
  { config, sources, opts }: Layer,
  below: {
    readonly postgres: BuiltPostgres | undefined;
    readonly redis: Redis | undefined;
    readonly gateway: LiteLlm | undefined;
  },
) {
  const { postgres, redis, gateway } = below;
  const key = gateway?.connections[OPEN_WEBUI];
  if (key === undefined) throw new Error("parse-config.ts lets no chat through without a gateway");
  const { storageClass } = config.chat;
  return buildChat(
    config.chat,
    {
      namespace: namespaces(config).chat,
      image: imageOf(config, "openWebui"),
      gateway: key,
      database: connection(postgres, OPEN_WEBUI_ROLE),
      ...defined({
        redis: redis?.connections[OPEN_WEBUI_ROLE],
        squash: squashFor(config.storage, config.namespacePrefix, storageClass),
      }),
      secrets: defined({
        secretKey: sources.openWebuiSecretKey,
        adminPassword: sources.openWebuiAdmin,
      }),
      exposure: exposures(config).chat,
      retain: retainData(config),
    },
    after(opts, postgres?.resource, redis, gateway),
  );
}

/** A user's connection. The rules of the configuration let nobody through who would have none. */
function connection(postgres: BuiltPostgres | undefined, user: string) {
  const found = postgres?.connections[user];
  if (found === undefined) throw new Error(`PostgreSQL has no user ${user}`);
  return found;
}

/** The Secret with a consumer's key, in its own namespace. The rules of the configuration let no other through. */
function keyOf(gateway: LiteLlm | undefined, consumer: string): SecretRef {
  const found = gateway?.connections[consumer];
  if (found === undefined) throw new Error(`the gateway has no consumer ${consumer}`);
  return found.secret;
}

function withPasswords<U>(
  users: Readonly<Record<string, U>>,
  passwords: Readonly<Record<string, Sources[keyof Sources]>>,
): Record<string, U & { readonly password?: NonNullable<Sources[keyof Sources]> }> {
  return Object.fromEntries(
    Object.entries(users).map(([name, user]) => [
      name,
      { ...user, ...defined({ password: passwords[name] }) },
    ]),
  );
}

/** Without the keys that are undefined: an optional argument is left out. */
function defined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

function after(opts: Options, ...below: readonly (pulumi.Resource | undefined)[]): Options {
  return pulumi.mergeOptions(opts, { dependsOn: below.filter((resource) => resource !== undefined) });
}

function retainData(config: PlatformConfig): boolean {
  return config.profile === "prod";
}

function secretOutput(
  namespace: string,
  { name, key }: SecretRef,
  opens: Pick<SecretOutput, "service" | "user">,
): SecretOutput {
  return { namespace, name, key, ...opens };
}
