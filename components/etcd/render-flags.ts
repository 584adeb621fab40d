import { serviceHost } from "../core/connection.ts";
import { headlessName } from "../core/workload/render-workload.ts";
import { ETCD, ETCD_METRICS_PORT, ETCD_PEER_PORT, ETCD_PORT } from "./endpoints.ts";

export const DATA_PATH = "/data";
/** The variable that holds a member's name in its own pod. */
export const NAME_VARIABLE = "POD_NAME";

/** What the members' flags depend on. */
export interface EtcdFlags {
  readonly namespace: string;
  readonly members: number;
  /** Most that the database may hold, in GiB. */
  readonly quotaGi: number;
}

/** The flags of every member: the kubelet puts each one's own name in. */
export function renderFlags({ namespace, members, quotaGi }: EtcdFlags): string[] {
  const own = `$(${NAME_VARIABLE})`;
  const names = Array.from({ length: members }, (_, index) => `${ETCD}-${index}`);
  const url = (name: string, port: number) =>
    `http://${name}.${serviceHost(headlessName(ETCD), namespace)}:${port}`;
  return [
    `--name=${own}`,
    // A subfolder: etcd makes it for its own user alone, and the root of a volume may hold lost+found.
    `--data-dir=${DATA_PATH}/etcd`,
    `--listen-client-urls=http://0.0.0.0:${ETCD_PORT}`,
    `--advertise-client-urls=${url(own, ETCD_PORT)}`,
    `--listen-peer-urls=http://0.0.0.0:${ETCD_PEER_PORT}`,
    `--initial-advertise-peer-urls=${url(own, ETCD_PEER_PORT)}`,
    // Read once, when a member makes its data folder (apps.md §10).
    `--initial-cluster=${names.map((name) => `${name}=${url(name, ETCD_PEER_PORT)}`).join(",")}`,
    "--initial-cluster-state=new",
    // Two clusters never take each other's members for their own.
    `--initial-cluster-token=${ETCD}.${namespace}`,
    `--listen-metrics-urls=http://0.0.0.0:${ETCD_METRICS_PORT}`,
    // Old versions of keys are kept for watchers that were away for an hour, and fill the quota no longer.
    "--auto-compaction-mode=periodic",
    "--auto-compaction-retention=1h",
    `--quota-backend-bytes=${quotaGi * 1024 ** 3}`,
  ];
}
