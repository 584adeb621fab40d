import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type DatabaseConnection, type SecretRef, serviceHost } from "../../core/connection.ts";
import { refuseArguments } from "../../core/invalid-args.ts";
import { apiServerAddresses } from "../../core/network/api-server.ts";
import { renderAddressEgress } from "../../core/network/render-address-egress.ts";
import { TOKENS } from "../../core/tokens.ts";
import { connectionsOf } from "../connection-limits.ts";
import { consumerSlug } from "../consumers.ts";
import { POSTGRES_PORT } from "../endpoints.ts";
import type { PostgresClusterArgs } from "./args.ts";
import { clusterEndpoints, PRIMARY_SERVICE } from "./endpoints.ts";
import { renderCluster, renderDatabase, renderPodMonitor } from "./render-cluster.ts";
import { createRoleSecrets, type RoleSecrets } from "./role-secrets.ts";
import { validatePostgresClusterArgs } from "./validate-args.ts";

/** PostgreSQL as a CloudNativePG cluster: the primary fails over to a standby, and clients use TLS. */
export class PostgresCluster extends pulumi.ComponentResource {
  /** One connection per consumer, to its own database as its own role. */
  readonly connections: Readonly<Record<string, DatabaseConnection>>;

  constructor(name: string, args: PostgresClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`PostgresCluster "${name}"`, validatePostgresClusterArgs(args));
    super(TOKENS.PostgresCluster, name, {}, opts);

    const passwords = Object.entries(args.consumers).map(
      ([role, consumer]) =>
        [role, createRoleSecrets(name, role, args.namespace, consumer, { parent: this })] as const,
    );
    const cluster = this.#createCluster(name, args, passwords);
    for (const [consumer, { extensions = [] }] of Object.entries(args.consumers)) {
      new kubernetes.apiextensions.CustomResource(
        `${name}-${consumerSlug(consumer)}-database`,
        renderDatabase(args.namespace, consumer, extensions),
        { parent: this, dependsOn: [cluster], customTimeouts: { create: "10m", update: "10m" } },
      );
    }
    if (args.podMonitor === true) {
      new kubernetes.apiextensions.CustomResource(`${name}-pod-monitor`, renderPodMonitor(args.namespace), {
        parent: this,
      });
    }

    this.connections = Object.fromEntries(
      passwords.map(([role, { consumer }]) => [role, connectionOf(role, args, consumer)]),
    );
    this.registerOutputs({
      connections: Object.fromEntries(
        Object.entries(this.connections).map(([consumer, { url, secret }]) => [
          consumer,
          { url, secretName: secret.name },
        ]),
      ),
    });
  }

  #createCluster(
    name: string,
    args: PostgresClusterArgs,
    passwords: readonly (readonly [string, RoleSecrets])[],
  ): kubernetes.apiextensions.CustomResource {
    const { server } = clusterEndpoints(args.namespace);
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-api-server`,
      renderAddressEgress("postgresql-database-api-server", server, apiServerAddresses(args.apiServer)),
      { parent: this },
    );
    return new kubernetes.apiextensions.CustomResource(
      `${name}-cluster`,
      renderCluster({
        ...args,
        connections: connectionsOf(args.consumers),
        roleSecrets: Object.fromEntries(passwords.map(([role, secrets]) => [role, secrets.role])),
      }),
      {
        parent: this,
        dependsOn: [policy],
        protect: args.retain ?? false,
        // Kubernetes deletes the volumes together with the Cluster, which owns them.
        retainOnDelete: args.retain ?? false,
        customTimeouts: { create: "20m", update: "30m" },
      },
    );
  }
}

/**
 * The server certificate is signed by a CA of the Cluster that consumers do not have. So clients use TLS without
 * verification.
 */
function connectionOf(
  consumer: string,
  { namespace, storageGi }: PostgresClusterArgs,
  secret: SecretRef,
): DatabaseConnection {
  const host = serviceHost(PRIMARY_SERVICE, namespace);
  return {
    host,
    port: POSTGRES_PORT,
    url: `postgresql://${consumer}@${host}:${POSTGRES_PORT}/${consumer}?sslmode=require`,
    database: consumer,
    role: consumer,
    sslMode: "require",
    secret,
    endpoint: clusterEndpoints(namespace).server,
    storageGi,
  };
}
