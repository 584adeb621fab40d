import type { ChartSource } from "../../core/release/chart.ts";

/** Chart 0.29.0 installs CloudNativePG 1.30.0 (docs/references.md#cloudnativepg-versions). */
export const OPERATOR_CHART = {
  chart: "cloudnative-pg",
  version: "0.29.0",
  repository: "https://cloudnative-pg.github.io/charts",
} as const satisfies ChartSource;
