import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type DatabaseConnection, type SecretRef, serviceHost } from "../../core/connection.ts";
import type { Image } from "../../core/images.ts";
import { refuseArguments } from "../../core/invalid-args.ts";
import { type ApiServer, apiServerAddresses } from "../../core/network/api-server.ts";
import { renderAddressEgress } from "../../core/network/render-address-egress.ts";
import { TOKENS } from "../../core/tokens.ts";
import { consumerSlug, type Consumers } from "../consumers.ts";
import { POSTGRES_PORT } from "../endpoints.ts";
import { clusterEndpoints, PRIMARY_SERVICE } from "./endpoints.ts";
import { type ClusterPlugin, renderCluster, renderDatabase, renderPodMonitor } from "./render-cluster.ts";
import { createRoleSecrets, type RoleSecrets } from "./role-secrets.ts";
import { validatePostgresClusterArgs } from "./validate-args.ts";

/** Arguments of {@link PostgresCluster}. */
export interface PostgresClusterArgs {
  /** Holds no other Cluster. */
  readonly namespace: string;
  /** One that CloudNativePG can run, with every extension that a consumer asks for. */
  readonly image: Image;
  /** Each gets a role and a database of its name, and a Secret in its namespace. What a former one had is kept. */
  readonly consumers: Consumers;
  /** A primary and its standbys. */
  readonly instances: number;
  /** Size of each instance's volume, in GiB. A volume can grow, never shrink. */
  readonly storageGi: number;
  /** @default the cluster's default class */
  readonly storageClass?: string;
  /** The instances' manager reads its Cluster there. */
  readonly apiServer: ApiServer;
  /**
   * A PodMonitor, for a Kubernetes cluster that has the Prometheus operator.
   * @default false
   */
  readonly podMonitor?: boolean;
  /**
   * CNPG-I plugins, in their order: where backups come in.
   * @default none
   */
  readonly plugins?: readonly ClusterPlugin[];
  /**
   * Protects the Cluster and keeps it, with its volumes, when the stack is destroyed.
   * @default false
   */
  readonly retain?: boolean;
}

/** PostgreSQL as a cluster that CloudNativePG runs: the primary fails over to a standby, clients use TLS. */
export class PostgresCluster extends pulumi.ComponentResource {
  /** One connection a consumer, to its own database as its own role. */
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
      passwords.map(([role, { consumer }]) => [role, connectionOf(role, args.namespace, consumer)]),
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
        roleSecrets: Object.fromEntries(passwords.map(([role, secrets]) => [role, secrets.role])),
      }),
      {
        parent: this,
        dependsOn: [policy],
        protect: args.retain ?? false,
        // The volumes belong to the Cluster: Kubernetes would delete them with it.
        retainOnDelete: args.retain ?? false,
        customTimeouts: { create: "20m", update: "30m" },
      },
    );
  }
}

/** The server's certificate is signed by a CA of its own, which consumers do not have: TLS, without checking it. */
function connectionOf(consumer: string, namespace: string, secret: SecretRef): DatabaseConnection {
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
  };
}
