/** Where Helm finds a chart. */
export interface ChartSource {
  /** The chart's name in the repository, or its `oci://` address, or a path. */
  readonly chart: string;
  readonly version: string;
  /** Address of a chart repository; only for a chart that is a name. */
  readonly repository?: string;
}

/** Chart 2.4.1 installs operator 1.12.0 and Connect 1.8.2 (apps.md §8). */
export const ONEPASSWORD_CHART = {
  chart: "connect",
  version: "2.4.1",
  repository: "https://1password.github.io/connect-helm-charts",
} as const satisfies ChartSource;
