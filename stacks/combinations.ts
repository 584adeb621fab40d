// The rules that join several keys of the configuration: each feature's own, and those that need the whole.
import { type ConfigProblem, fixCommand, secretCommand } from "./config-problem.ts";
import { chatProblems } from "./features/chat.ts";
import { etcdProblems } from "./features/etcd.ts";
import { exposureProblems } from "./features/exposure-problems.ts";
import { gatewayProblems, type RawModel } from "./features/gateway-problems.ts";
import { isolationProblems } from "./features/isolation-problems.ts";
import { imagesProblems } from "./features/images-problems.ts";
import { kyvernoProblems } from "./features/kyverno-problems.ts";
import { modelNamespaces, namespaceProblems } from "./features/namespace-problems.ts";
import { natsPasswordSources, natsProblems } from "./features/nats-problems.ts";
import { onePasswordProblems } from "./features/onepassword.ts";
import { postgresProblems } from "./features/postgres-problems.ts";
import { redisProblems } from "./features/redis.ts";
import { secretSourceProblems, secretsProblems } from "./features/secrets.ts";
import { securityProblems } from "./features/security-problems.ts";
import { type StoredService, storageProblems } from "./features/storage-problems.ts";
import { tenantNamespaces } from "./features/tenants.ts";
import { tenantsProblems } from "./features/tenants-problems.ts";
import { tracingProblems } from "./features/tracing.ts";
import { userPodProblems } from "./features/user-pods.ts";
import type { KubeContexts } from "./kubeconfig.ts";
import type { ConfigSource, ParsedConfig } from "./parse-config.ts";
import { imageNames, imagesOf } from "./services.ts";
import { databaseUsers, existingNamespaces, gatewayUsers, madeNamespaces, ownWorkloads } from "./topology.ts";

/** The models as they were written, and the provider keys that they name. */
interface RawModels {
  readonly models: readonly RawModel[];
  readonly apiKeys: readonly string[];
}

/** What is wrong between the keys; a feature that is off has no rules. */
export function combinations(config: ParsedConfig, raw: RawModels, source: ConfigSource): ConfigProblem[] {
  const { features } = config;
  const made = madeNamespaces(config);
  const around = {
    values: source.values,
    secretKeys: source.secretKeys,
    operator: features.onepassword,
    reader: config.onepassword.reader.token !== undefined,
  };
  return [
    ...contextProblems(config, source.contexts),
    ...imagesProblems(config.images),
    ...secretsProblems(config.secrets, around),
    ...onePasswordProblems(config.onepassword, around),
    ...storageProblems(config, storedServices(config)),
    ...exposureProblems(exposedServices(config), config.ingressController),
    ...(features.postgres ? postgresProblems(config, Object.keys(databaseUsers(config))) : []),
    ...(features.redis ? redisProblems(config) : []),
    ...(features.nats ? natsProblems(config) : []),
    ...(features.nats ? userPodProblems(["nats", "users"], config.nats.users, ownWorkloads(config)) : []),
    ...(features.nats ? secretSourceProblems(natsPasswordSources(config), around) : []),
    ...(features.etcd ? etcdProblems(config) : []),
    ...(features.etcd ? userPodProblems(["etcd", "users"], config.etcd.users, ownWorkloads(config)) : []),
    ...(features.tracing ? tracingProblems(config) : []),
    ...(features.gateway ? gatewayProblems(config, raw.models, Object.keys(gatewayUsers(config))) : []),
    ...(features.gateway ? apiKeyProblems(raw.apiKeys, source) : []),
    ...(features.chat ? chatProblems(config) : []),
    ...tenantsProblems(config),
    ...(features.security
      ? securityProblems({ ...config, images: imagesOf(config), tenants: tenantNamespaces(config) })
      : []),
    ...kyvernoProblems(config, imageNames(config)),
    ...namespaceProblems(made, [
      ...existingNamespaces(config),
      ...(features.gateway ? modelNamespaces(raw.models) : []),
    ]),
    ...isolationProblems(
      config,
      made.map(({ namespace }) => namespace),
    ),
  ];
}

function contextProblems(config: ParsedConfig, contexts: KubeContexts): ConfigProblem[] {
  if (config.context === undefined) {
    const ambient =
      contexts.current === undefined
        ? `${contexts.source} has no current context either`
        : `kubectl would use "${contexts.current}" of ${contexts.source}, but a stack must name its cluster`;
    return [
      {
        path: ["context"],
        reason: `no cluster is named: ${ambient}`,
        fix: fixCommand(["context"], contexts.current ?? "<context>"),
      },
    ];
  }
  if (contexts.names.includes(config.context)) return [];
  return [
    {
      path: ["context"],
      value: config.context,
      reason: `no such context in ${contexts.source} (it has: ${contexts.names.join(", ") || "none"})`,
      fix: fixCommand(["context"], contexts.names[0] ?? "<context>"),
    },
  ];
}

function apiKeyProblems(apiKeys: readonly string[], { values, secretKeys }: ConfigSource): ConfigProblem[] {
  return apiKeys
    .filter((key) => !secretKeys.has(key))
    .map((key) => ({
      path: [key],
      // A value that was set in clear is not repeated here.
      ...(values[key] === undefined ? {} : { value: "[hidden]" }),
      reason:
        values[key] === undefined
          ? "a model names this key, and it is not set"
          : "is stored in clear: a provider key has to be secret",
      fix: secretCommand(key),
    }));
}

/** The services that are on and keep data, with the keys of their storage classes. */
function storedServices({ features, postgres, redis, nats, etcd, chat }: ParsedConfig): StoredService[] {
  const stored = (on: boolean, name: string, storageClass: string | undefined, isDatabase: boolean) =>
    on ? [{ path: [name, "storageClass"], storageClass, isDatabase }] : [];
  return [
    ...stored(features.postgres, "postgres", postgres.storageClass, true),
    ...stored(features.redis, "redis", redis.storageClass, false),
    ...stored(features.nats, "nats", nats.storageClass, true),
    ...stored(features.etcd, "etcd", etcd.storageClass, true),
    ...stored(features.chat, "chat", chat.storageClass, false),
  ];
}

/** The services that are on and can be reached from outside. */
function exposedServices({ features, tracing, gateway, chat }: ParsedConfig) {
  return [
    ...(features.tracing ? [{ path: ["tracing", "exposure"], exposure: tracing.exposure }] : []),
    ...(features.gateway ? [{ path: ["gateway", "exposure"], exposure: gateway.exposure }] : []),
    ...(features.chat ? [{ path: ["chat", "exposure"], exposure: chat.exposure }] : []),
  ];
}
