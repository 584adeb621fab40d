import type { Input } from "@pulumi/pulumi";
import { type Image, imageReference } from "../../core/images.ts";
import { objectLabels, PART_OF } from "../../core/labels.ts";
import { DEFAULT_CONNECTIONS } from "../connection-limits.ts";
import { consumerSlug, type Extension } from "../consumers.ts";
import { POSTGRES } from "../endpoints.ts";
import { renderSettings } from "../render-settings.ts";
import { CLUSTER } from "./endpoints.ts";

/** API version of all CloudNativePG objects. */
const CNPG_API = "postgresql.cnpg.io/v1";
/** initdb always creates a database. No consumer can have its name. */
export const UNUSED_DATABASE = "app";

/** A CNPG-I plugin of the Cluster. The Barman Cloud plugin archives the WAL and creates backups. */
export interface ClusterPlugin {
  readonly name: string;
  /** @default false */
  readonly isWALArchiver?: boolean;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Inputs of a Cluster. */
export interface ClusterSpec {
  readonly namespace: string;
  readonly image: Image;
  readonly instances: number;
  readonly storageGi: number;
  readonly storageClass?: string;
  readonly plugins?: readonly ClusterPlugin[];
  /** Names of the basic-auth Secrets of the roles. */
  readonly roleSecrets: Readonly<Record<string, Input<string>>>;
  /**
   * The most connections of each role.
   * @default 30 for each
   */
  readonly connections?: Readonly<Record<string, number>>;
  /** @default 200 */
  readonly maxConnections?: number;
}

/** A PostgreSQL cluster with streaming replication, TLS, and a role for each consumer. */
export function renderCluster(cluster: ClusterSpec) {
  return {
    apiVersion: CNPG_API,
    kind: "Cluster",
    metadata: {
      name: CLUSTER,
      namespace: cluster.namespace,
      labels: objectLabels(POSTGRES, "server"),
      annotations: { "pulumi.com/waitFor": "condition=Ready" },
    },
    spec: {
      instances: cluster.instances,
      imageName: imageReference(cluster.image),
      inheritedMetadata: { labels: { "app.kubernetes.io/part-of": PART_OF } },
      // No superuser access over the network: the operator creates roles, databases and extensions.
      enableSuperuserAccess: false,
      // With one instance, a disruption budget would block the drain of its node.
      enablePDB: cluster.instances > 1,
      bootstrap: {
        initdb: { database: UNUSED_DATABASE, owner: UNUSED_DATABASE, encoding: "UTF8", dataChecksums: true },
      },
      storage: {
        size: `${cluster.storageGi}Gi`,
        ...(cluster.storageClass === undefined ? {} : { storageClass: cluster.storageClass }),
      },
      resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "2Gi" } },
      postgresql: {
        parameters: renderSettings(cluster),
        // PUBLIC may connect to every database, and a Database object cannot change that. These rules let a role
        // connect only to the database with its name, and only with TLS. CloudNativePG puts its own rules first.
        pg_hba: ["hostssl sameuser all all scram-sha-256", "host all all all reject"],
        // A commit waits for one standby while there is one. So a failover loses nothing, and a lone primary can
        // still write.
        ...(cluster.instances > 1
          ? { synchronous: { method: "any", number: 1, dataDurability: "preferred" } }
          : {}),
      },
      managed: { roles: renderRoles(cluster) },
      ...(cluster.plugins === undefined ? {} : { plugins: cluster.plugins }),
    },
  };
}

/**
 * In the Cluster instead of in DatabaseRole objects: the operator compares these roles with the database again and
 * again, and so resets a password that was changed by hand (declarative_role_management.md, roles/contract.go). A
 * role that is removed from the list stays as it is.
 */
function renderRoles({ roleSecrets, connections = {} }: Pick<ClusterSpec, "roleSecrets" | "connections">) {
  const consumers = Object.keys(roleSecrets)
    .sort()
    .map((name) => ({
      name,
      ensure: "present",
      login: true,
      superuser: false,
      createdb: false,
      createrole: false,
      replication: false,
      bypassrls: false,
      inherit: true,
      connectionLimit: connections[name] ?? DEFAULT_CONNECTIONS,
      passwordSecret: { name: roleSecrets[name] },
    }));
  // The operator generates a password for it, which is not used.
  const unused = {
    name: UNUSED_DATABASE,
    ensure: "present",
    login: false,
    inherit: true,
    connectionLimit: -1,
  };
  return [...consumers, unused];
}

/** The database of a consumer. It is kept when this object is deleted. */
export function renderDatabase(namespace: string, consumer: string, extensions: readonly Extension[]) {
  return {
    apiVersion: CNPG_API,
    kind: "Database",
    metadata: {
      name: `${CLUSTER}-${consumerSlug(consumer)}`,
      namespace,
      labels: objectLabels(POSTGRES, "server"),
      annotations: { "pulumi.com/waitFor": "jsonpath={.status.applied}=true" },
    },
    spec: {
      cluster: { name: CLUSTER },
      name: consumer,
      owner: consumer,
      ensure: "present",
      databaseReclaimPolicy: "retain",
      ...(extensions.length === 0
        ? {}
        : { extensions: [...extensions].sort().map((name) => ({ name, ensure: "present" })) }),
    },
  };
}

/** The Prometheus scrape configuration. The operator's own (`enablePodMonitor`) is deprecated in 1.30. */
export function renderPodMonitor(namespace: string) {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: { name: CLUSTER, namespace, labels: objectLabels(POSTGRES, "server") },
    spec: {
      selector: { matchLabels: { "cnpg.io/cluster": CLUSTER, "cnpg.io/podRole": "instance" } },
      podMetricsEndpoints: [{ port: "metrics" }],
    },
  };
}
