/** Where Helm finds a chart. */
export interface ChartSource {
  /** The chart's name in the repository, or its `oci://` address, or a path. */
  readonly chart: string;
  readonly version: string;
  /** Address of a chart repository; only for a chart that is a name. */
  readonly repository?: string;
}

/** Chart 0.29.0 installs CloudNativePG 1.30.0 (apps.md §5). */
export const OPERATOR_CHART = {
  chart: "cloudnative-pg",
  version: "0.29.0",
  repository: "https://cloudnative-pg.github.io/charts",
} as const satisfies ChartSource;
