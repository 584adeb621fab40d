import { z } from "zod";
import type { ChartSource } from "../../components/core/release/chart.ts";

/** The keys of a section for the source of a chart. */
export const chartKeys = (official: Required<ChartSource>) => ({
  chart: z
    .string()
    .min(1)
    .default(official.chart)
    .describe("The chart's name in the repository, its `oci://` address in a mirror, or a path.")
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
    .describe("The repository of a chart that is given by name.")
    .meta({ example: official.repository }),
});

/** Converts the keys to a component's argument. */
export function chartOf({ chart, version, repository }: Required<ChartSource>): ChartSource {
  // Neither a URL nor a path.
  const isName = !/[/\\:]/.test(chart) && !chart.startsWith(".");
  return { chart, version, ...(isName ? { repository } : {}) };
}
