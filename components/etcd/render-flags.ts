import { serviceHost } from "../core/connection.ts";
import { headlessName } from "../core/workload/render-workload.ts";
import { ETCD, ETCD_GATEWAY_PORT, ETCD_METRICS_PORT, ETCD_PEER_PORT, ETCD_PORT } from "./endpoints.ts";

export const DATA_PATH = "/data";
/** The environment variable with the name of a member. */
export const NAME_VARIABLE = "POD_NAME";

/** Inputs of the flags. */
export interface EtcdFlags {
  readonly namespace: string;
  readonly members: number;
  /** Maximum size of the database, in GiB. */
  readonly quotaGi: number;
}

/** The flags of every member. The kubelet inserts the name of each member. */
export function renderFlags({ namespace, members, quotaGi }: EtcdFlags): string[] {
  const own = `$(${NAME_VARIABLE})`;
  const names = Array.from({ length: members }, (_, index) => `${ETCD}-${index}`);
  const url = (name: string, port: number) =>
    `http://${name}.${serviceHost(headlessName(ETCD), namespace)}:${port}`;
  return [
    `--name=${own}`,
    // A subdirectory: etcd creates it for its own user only, and the root of a volume can contain lost+found.
    `--data-dir=${DATA_PATH}/etcd`,
    `--listen-client-urls=http://0.0.0.0:${ETCD_PORT}`,
    // Takes HTTP off the client port (docs/references.md#etcd-flags).
    `--listen-client-http-urls=http://0.0.0.0:${ETCD_GATEWAY_PORT}`,
    `--advertise-client-urls=${url(own, ETCD_PORT)}`,
    `--listen-peer-urls=http://0.0.0.0:${ETCD_PEER_PORT}`,
    `--initial-advertise-peer-urls=${url(own, ETCD_PEER_PORT)}`,
    // Used only when a member creates its data folder (docs/references.md#etcd-flags).
    `--initial-cluster=${names.map((name) => `${name}=${url(name, ETCD_PEER_PORT)}`).join(",")}`,
    "--initial-cluster-state=new",
    // Prevents two clusters from accepting each other's members.
    `--initial-cluster-token=${ETCD}.${namespace}`,
    `--listen-metrics-urls=http://0.0.0.0:${ETCD_METRICS_PORT}`,
    // Keeps old versions of keys for watchers that were disconnected for an hour. Older ones would fill the quota.
    "--auto-compaction-mode=periodic",
    "--auto-compaction-retention=1h",
    `--quota-backend-bytes=${quotaGi * 1024 ** 3}`,
  ];
}
