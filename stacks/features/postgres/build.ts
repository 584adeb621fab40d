import * as pulumi from "@pulumi/pulumi";
import { type DatabaseConnection, type SecretRef, serviceHost } from "../../../components/core/connection.ts";
import type { SecretSource } from "../../../components/core/credential/source.ts";
import type { Image } from "../../../components/core/images.ts";
import type { Endpoint } from "../../../components/core/network/endpoint.ts";
import { PRIMARY_SERVICE } from "../../../components/postgres/cnpg/endpoints.ts";
import { PostgresCluster } from "../../../components/postgres/cnpg/index.ts";
import { PostgresOperator } from "../../../components/postgres/cnpg/operator.ts";
import type { Consumer } from "../../../components/postgres/consumers.ts";
import { POSTGRES, POSTGRES_PORT } from "../../../components/postgres/endpoints.ts";
import type { ExternalConsumer } from "../../../components/postgres/external/args.ts";
import { PostgresExternal } from "../../../components/postgres/external/index.ts";
import { Postgres } from "../../../components/postgres/index.ts";
import type { ImageName } from "../../feature.ts";
import { chartOf } from "../../schema/chart.ts";
import type { PostgresConfig } from "./schema.ts";

/** An application with a database, in all three modes. */
interface DatabaseUser extends Consumer {
  /** The pods that connect. */
  readonly callers: readonly Endpoint[];
}

/** Users by the name of their role and database. */
export type DatabaseUsers = Readonly<Record<string, DatabaseUser>>;

/** What {@link buildPostgres} needs besides the configuration. */
export interface PostgresFeature {
  /** The namespace of the server's pods. Empty in mode `external`. */
  readonly namespace: string;
  readonly imageOf: (name: ImageName) => Image;
  readonly users: DatabaseUsers;
  /** Keeps the data when the stack is destroyed, and runs the operator with two replicas. */
  readonly retain: boolean;
  /** Source of the superuser's password in mode `single`. @default generated */
  readonly superuser?: SecretSource;
}

/** PostgreSQL in any mode. */
export interface BuiltPostgres {
  /** The resources that users depend on. */
  readonly resource: pulumi.Resource;
  readonly connections: Readonly<Record<string, DatabaseConnection>>;
}

/** Whether the stack owns the operator's namespace and its network policies. */
export function ownsNamespace({ install, namespaceExists }: PostgresConfig["cluster"]["operator"]): boolean {
  return install && !namespaceExists;
}

/** `host:port` of the server. */
export function postgresAddress(config: PostgresConfig, namespace: string): string {
  if (config.mode === "external") return `${config.external.host ?? ""}:${config.external.port}`;
  const service = config.mode === "single" ? POSTGRES : PRIMARY_SERVICE;
  return `${serviceHost(service, namespace)}:${POSTGRES_PORT}`;
}

/** Builds PostgreSQL. The users get the same connections from every mode. */
export function buildPostgres(
  config: PostgresConfig,
  feature: PostgresFeature,
  opts: pulumi.ComponentResourceOptions,
): BuiltPostgres {
  const resource = build(config, feature, opts);
  return { resource, connections: resource.connections };
}

function build(config: PostgresConfig, feature: PostgresFeature, opts: pulumi.ComponentResourceOptions) {
  switch (config.mode) {
    case "single":
      return buildSingle(config, feature, opts);
    case "cloudnativepg":
      return buildCluster(config, feature, opts);
    case "external":
      return buildExternal(config, feature, opts);
  }
}

function buildSingle(
  config: PostgresConfig,
  { namespace, imageOf, users, retain, superuser }: PostgresFeature,
  opts: pulumi.ComponentResourceOptions,
): Postgres {
  const usesVector = Object.values(users).some(({ extensions = [] }) => extensions.includes("vector"));
  return new Postgres(
    POSTGRES,
    {
      namespace,
      image: imageOf(usesVector ? "postgresVector" : "postgres"),
      consumers: users,
      maxConnections: config.maxConnections,
      ...storageOf(config),
      retain,
      rolesRun: config.rolesRun,
      ...(superuser === undefined ? {} : { secrets: { superuser } }),
    },
    opts,
  );
}

function buildCluster(
  config: PostgresConfig,
  { namespace, imageOf, users, retain }: PostgresFeature,
  opts: pulumi.ComponentResourceOptions,
): PostgresCluster {
  const { operator, instances, podMonitor, apiServer } = config.cluster;
  const installed = operator.install
    ? new PostgresOperator(
        `${POSTGRES}-operator`,
        {
          namespace: operator.namespace,
          image: imageOf("postgresOperator"),
          watchNamespaces: [namespace],
          chart: chartOf(operator),
          replicas: retain ? 2 : 1,
          ...(ownsNamespace(operator) ? { apiServer } : {}),
          retain,
        },
        opts,
      )
    : undefined;
  return new PostgresCluster(
    POSTGRES,
    {
      namespace,
      image: imageOf("postgresCluster"),
      consumers: users,
      instances,
      maxConnections: config.maxConnections,
      ...storageOf(config),
      apiServer,
      podMonitor,
      retain,
    },
    pulumi.mergeOptions(opts, { dependsOn: installed === undefined ? [] : [installed] }),
  );
}

function buildExternal(
  { external }: PostgresConfig,
  { users }: PostgresFeature,
  opts: pulumi.ComponentResourceOptions,
): PostgresExternal {
  const { host = "", port, cidrs, sslMode, storageGi, databases } = external;
  const consumers = databases.flatMap(({ consumer, database, role, secret }) => {
    const user = users[consumer];
    if (user === undefined) return [];
    const password: SecretSource = user.password ?? existing(secret);
    return [[consumer, { namespace: user.namespace, callers: user.callers, database, role, password }]] as [
      string,
      ExternalConsumer,
    ][];
  });
  return new PostgresExternal(
    POSTGRES,
    {
      host,
      port,
      cidrs,
      sslMode,
      ...(storageGi === undefined ? {} : { storageGi }),
      consumers: Object.fromEntries(consumers),
    },
    opts,
  );
}

function storageOf({ storageGi, storageClass }: PostgresConfig) {
  return { storageGi, ...(storageClass === undefined ? {} : { storageClass }) };
}

function existing({ name, key }: SecretRef & { readonly name: string }): SecretSource {
  return { kind: "existing", name, key };
}
