import type { Image } from "../../core/images.ts";
import type { ApiServer } from "../../core/network/api-server.ts";
import type { Consumers } from "../consumers.ts";
import type { ClusterPlugin } from "./render-cluster.ts";

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
