import type { ChartSource } from "../../core/release/chart.ts";

/** Chart 0.29.0 installs CloudNativePG 1.30.0 (apps.md §5). */
export const OPERATOR_CHART = {
  chart: "cloudnative-pg",
  version: "0.29.0",
  repository: "https://cloudnative-pg.github.io/charts",
} as const satisfies ChartSource;
