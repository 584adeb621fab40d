import type { ChartSource } from "../core/release/chart.ts";

/** Chart 2.4.1 installs operator 1.12.0 and Connect 1.8.2 (docs/references.md#1password-chart). */
export const ONEPASSWORD_CHART = {
  chart: "connect",
  version: "2.4.1",
  repository: "https://1password.github.io/connect-helm-charts",
} as const satisfies ChartSource;
