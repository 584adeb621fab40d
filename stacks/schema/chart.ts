import { z } from "zod";
import type { ChartSource } from "../../components/core/release/chart.ts";

/** The keys of a section that say where the chart of something comes from. */
export const chartKeys = (official: Required<ChartSource>) => ({
  chart: z
    .string()
    .min(1)
    .default(official.chart)
    .describe("The chart's name in the repository; or, from a mirror, its `oci://` address; or a path.")
    .meta({ example: `oci://registry.example.org/charts/${official.chart}` }),
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, `an exact version (${official.version})`)
    .default(official.version)
    .describe("The chart's version.")
    .meta({ example: official.version }),
  repository: z
    .url({ protocol: /^https?$/, error: "an https:// address" })
    .default(official.repository)
    .describe("Where a chart is found that is given by its name.")
    .meta({ example: official.repository }),
});

/** What the keys say, as components take it. */
export function chartOf({ chart, version, repository }: Required<ChartSource>): ChartSource {
  // Not an address, and not a path.
  const isName = !/[/\\:]/.test(chart) && !chart.startsWith(".");
  return { chart, version, ...(isName ? { repository } : {}) };
}
