import type { Input } from "@pulumi/pulumi";
import { type Image, imageReference } from "../../core/images.ts";
import { objectLabels, PART_OF } from "../../core/labels.ts";
import { consumerSlug, type Extension } from "../consumers.ts";
import { POSTGRES } from "../endpoints.ts";
import { CLUSTER } from "./endpoints.ts";

/** Of every object of CloudNativePG. */
export const CNPG_API = "postgresql.cnpg.io/v1";
/** initdb always makes one database; no consumer is called like it. */
export const UNUSED_DATABASE = "app";

/** A CNPG-I plugin of the Cluster: Barman Cloud's archives the WAL and makes backups. */
export interface ClusterPlugin {
  readonly name: string;
  /** @default false */
  readonly isWALArchiver?: boolean;
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a Cluster is made from. */
export interface ClusterSpec {
  readonly namespace: string;
  readonly image: Image;
  readonly instances: number;
  readonly storageGi: number;
  readonly storageClass?: string;
  readonly plugins?: readonly ClusterPlugin[];
  /** Names of the roles' basic-auth Secrets. */
  readonly roleSecrets: Readonly<Record<string, Input<string>>>;
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
      // Nobody is superuser over the network: roles, databases and extensions are the operator's to make.
      enableSuperuserAccess: false,
      // With one instance a budget would keep its node from ever being drained.
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
        // PUBLIC may connect to every database, and a Database object cannot say otherwise: so a role is let in to the
        // database of its name alone, and with TLS alone. CloudNativePG's own rules come before these.
        pg_hba: ["hostssl sameuser all all scram-sha-256", "host all all all reject"],
        // A commit waits for one standby while there is one: failover loses nothing, and a lone primary still writes.
        ...(cluster.instances > 1
          ? { synchronous: { method: "any", number: 1, dataDurability: "preferred" } }
          : {}),
      },
      managed: { roles: renderRoles(cluster.roleSecrets) },
      ...(cluster.plugins === undefined ? {} : { plugins: cluster.plugins }),
    },
  };
}

/**
 * In the Cluster, not as DatabaseRole objects: the operator compares these with the database again and again, so a
 * password that somebody changed by hand is set back (declarative_role_management.md, roles/contract.go). A role that
 * is no longer listed stays as it is.
 */
function renderRoles(roleSecrets: ClusterSpec["roleSecrets"]) {
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
      connectionLimit: -1,
      passwordSecret: { name: roleSecrets[name] },
    }));
  // The operator makes a password for it, which nobody needs.
  const unused = {
    name: UNUSED_DATABASE,
    ensure: "present",
    login: false,
    inherit: true,
    connectionLimit: -1,
  };
  return [...consumers, unused];
}

/** A consumer's database. Whatever becomes of this object, the database stays. */
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

/** What Prometheus scrapes. The operator's own (`enablePodMonitor`) is deprecated in 1.30. */
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
