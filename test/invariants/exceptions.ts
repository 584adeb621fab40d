import { isDeepStrictEqual } from "node:util";
import type { Endpoint, OutsidePods } from "../../components/core/network/endpoint.ts";
import { loginName } from "../../components/nats/users.ts";
import type { PlatformConfig } from "../../stacks/config.ts";
import { edgesOf } from "../../stacks/plan.ts";
import { KYVERNO_CONTROLLERS } from "../operators.ts";

// Exceptions from the invariants, by name and with a reason. Everything else is reported.

/** Names, and why each may. */
export type Exceptions = Readonly<Record<string, string>>;

/** Secrets whose contents change in place, by their resource. */
export const MUTABLE_SECRETS: Exceptions = {
  "nats-users": "the running servers read it again; with a new Secret every client would lose its connection",
};

/** Applications whose /health is cheap. LiteLLM's calls every model: https://docs.litellm.ai/docs/proxy/health */
export const FREE_HEALTH: Exceptions = {
  "open-webui": "answers that it is there, from memory: it asks neither the database nor a model",
};

/** Variables that are named like a secret and hold none. */
export const NO_SECRETS: Exceptions = {
  REDIS_KEY_PREFIX: "what Open WebUI's keys in Redis begin with, which is its name",
};

/** Exact versions that do not begin with their number, by the end of the image's repository. */
export const TAG_FORMS: Readonly<Record<string, RegExp>> = {
  "/arizephoenix/phoenix": /^version-\d+\.\d+\.\d+-nonroot$/,
};

/** A Secret that the platform makes for pods of others. */
export interface HandedOut {
  /** Its resource. */
  readonly name: string;
  readonly namespace: string;
}

/** The keys of tenants, and the Secrets of those who use NATS and etcd from pods of their own, where the configuration says that these are. */
export function handedOut(config: PlatformConfig): HandedOut[] {
  const { features, nats, etcd, tenants, namespacePrefix } = config;
  return [
    ...Object.entries(tenants)
      .filter(([, { gateway }]) => gateway)
      .map(([tenant]) => {
        const namespace = `${namespacePrefix}-tenant-${tenant}`;
        return { name: `litellm-key-tenant-${tenant}-${namespace}`, namespace };
      }),
    ...(features.nats ? nats.users : []).map(({ name, namespace, passwords: [first] }) => ({
      name: `nats-user-${loginName(name, first?.number ?? 1)}-${namespace}`,
      namespace,
    })),
    ...(features.etcd ? etcd.users : []).map(({ name, namespace }) => ({
      name: `etcd-${name}-${namespace}`,
      namespace,
    })),
  ];
}

/** Pods that ask the Kubernetes API. That is no pod, so no edge leads to it: policies name its addresses. */
export interface ApiCaller extends OutsidePods {
  readonly cidrs: readonly string[];
  readonly ports: readonly number[];
}

/** The namespace of Kyverno, if the stack makes it. */
export function kyvernoNamespace({ features, security }: PlatformConfig): string | undefined {
  const { engine, kyverno } = security;
  return features.security && engine === "kyverno" && !kyverno.namespaceExists
    ? kyverno.namespace
    : undefined;
}

/** Callers of the API server: behind the Service, and by the Service's own port. */
export function apiCallers(config: PlatformConfig): ApiCaller[] {
  return [...postgresCallers(config), ...kyvernoCallers(config)];
}

/** Every pod of Kyverno's namespace: those of the hooks of its chart have other labels than its controllers. */
export function everyApiCaller(config: PlatformConfig): ApiCaller[] {
  const namespace = kyvernoNamespace(config);
  if (namespace === undefined) return [];
  const { cidrs, port } = config.security.kyverno.apiServer;
  return [{ namespace, podLabels: {}, cidrs, ports: [443, port] }];
}

function kyvernoCallers(config: PlatformConfig): ApiCaller[] {
  return everyApiCaller(config).flatMap((caller) =>
    KYVERNO_CONTROLLERS.map((component) => ({
      ...caller,
      podLabels: {
        "app.kubernetes.io/name": `kyverno-${component}`,
        "app.kubernetes.io/component": component,
      },
    })),
  );
}

/** The pods of CloudNativePG's instances and of its operator. */
function postgresCallers({ features, postgres, namespacePrefix }: PlatformConfig): ApiCaller[] {
  if (!features.postgres || postgres.mode !== "cloudnativepg") return [];
  const { apiServer, operator } = postgres.cluster;
  const caller = (namespace: string, name: string, component: string): ApiCaller => ({
    namespace,
    podLabels: { "app.kubernetes.io/name": name, "app.kubernetes.io/component": component },
    cidrs: apiServer.cidrs,
    ports: [443, apiServer.port],
  });
  return [
    caller(`${namespacePrefix}-data`, "postgresql", "database"),
    ...(operator.install && !operator.namespaceExists
      ? [caller(operator.namespace, "cloudnative-pg", "operator")]
      : []),
  ];
}

/** Pods that the platform does not make, and that edges let in: they exist if a user gives pods these labels. */
export function outsidePods(config: PlatformConfig): OutsidePods[] {
  return edgesOf(config).flatMap(({ from }) =>
    "outside" in from && "namespace" in from.outside ? [from.outside] : [],
  );
}

/** Namespaces all of whose pods edges let in, whatever their labels. */
export function openNamespaces(config: PlatformConfig): string[] {
  const named = edgesOf(config).flatMap(({ from }) =>
    "outside" in from && "everyPodOf" in from.outside ? [from.outside.everyPodOf] : [],
  );
  return [...new Set(named)];
}

/** Servers that the platform does not make, and guards: they exist if a user gives pods these labels. */
export function foreignServers(config: PlatformConfig): Endpoint[] {
  const servers = edgesOf(config).flatMap(({ to }) => ("foreign" in to ? [to] : []));
  return servers.filter(
    (server, index) => servers.findIndex((other) => isDeepStrictEqual(other, server)) === index,
  );
}
