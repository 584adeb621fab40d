import type { ChartSource } from "../core/release/chart.ts";

/** Chart 3.9.1 installs Kyverno 1.19.1. The tests run this version and the chart (sandbox/tools/kyverno/go.mod). */
export const KYVERNO_CHART = {
  chart: "kyverno",
  version: "3.9.1",
  repository: "https://kyverno.github.io/kyverno/",
} as const satisfies ChartSource;
