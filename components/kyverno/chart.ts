import type { ChartSource } from "../core/release/chart.ts";

/** Chart 3.9.1 installs Kyverno 1.19.1: the version that the tests run (sandbox/tools/kyverno/go.mod), chart and all. */
export const KYVERNO_CHART = {
  chart: "kyverno",
  version: "3.9.1",
  repository: "https://kyverno.github.io/kyverno/",
} as const satisfies ChartSource;
