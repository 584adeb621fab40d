import type { Image } from "../../core/images.ts";
import type { ApiServer } from "../../core/network/api-server.ts";
import type { Consumers } from "../consumers.ts";
import type { ClusterPlugin } from "./render-cluster.ts";

/** Arguments of {@link PostgresCluster}. */
export interface PostgresClusterArgs {
  /** A namespace without another Cluster. */
  readonly namespace: string;
  /** An image for CloudNativePG, with every extension that a consumer needs. */
  readonly image: Image;
  /**
   * Each consumer gets a role and a database with its name, and a Secret in its namespace. Those of a removed
   * consumer are kept.
   */
  readonly consumers: Consumers;
  /** The primary and its standbys. */
  readonly instances: number;
  /** Size of each instance's volume, in GiB. It can grow, but not shrink. */
  readonly storageGi: number;
  /** @default the default class of the cluster */
  readonly storageClass?: string;
  /**
   * The most connections of all consumers and of the superuser together.
   * @default 200
   */
  readonly maxConnections?: number;
  /** The instance manager reads its Cluster from the Kubernetes API. */
  readonly apiServer: ApiServer;
  /**
   * Creates a PodMonitor. The Kubernetes cluster needs the Prometheus operator.
   * @default false
   */
  readonly podMonitor?: boolean;
  /**
   * CNPG-I plugins, in order, for example for backups.
   * @default none
   */
  readonly plugins?: readonly ClusterPlugin[];
  /**
   * Protects the Cluster, and keeps it with its volumes when the stack is destroyed.
   * @default false
   */
  readonly retain?: boolean;
}
