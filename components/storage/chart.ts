import type { ChartSource } from "../core/release/chart.ts";

/** Chart and driver have the same version (docs/references.md#nfs-driver-versions). */
export const NFS_DRIVER_CHART = {
  chart: "csi-driver-nfs",
  version: "4.13.4",
  repository: "https://raw.githubusercontent.com/kubernetes-csi/csi-driver-nfs/master/charts",
} as const satisfies ChartSource;
