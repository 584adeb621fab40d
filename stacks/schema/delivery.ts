import { z } from "zod";
import { releaseTimeout } from "../../components/core/release/chart.ts";
import type { Delivery } from "../../components/core/release/delivery.ts";

/** An exact version of a chart. */
const CHART_VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/**
 * The keys of a section for the delivery of its application.
 * @param startSeconds how long a pod of the application may take to start
 */
export function deliveryKeys(
  application: string,
  official: { readonly source: string; readonly version: string },
  startSeconds: number,
) {
  return {
    delivery: z
      .enum(["manifests", "helm"])
      .default("manifests")
      .describe(`\`manifests\` are the platform's own; \`helm\` installs ${application}'s official chart.`)
      .meta({ example: "helm" }),
    chart: z
      .strictObject({
        source: z
          .string()
          .min(1)
          .default(official.source)
          .describe("`oci://` address of a registry or a mirror, or the path of a chart on this machine.")
          .meta({ example: official.source }),
        version: z
          .string()
          .regex(CHART_VERSION, "an exact version")
          .default(official.version)
          .describe("The chart's exact version. A chart on this machine contains its version.")
          .meta({ example: official.version }),
        timeoutSeconds: z
          .int()
          .min(startSeconds)
          .max(7200)
          .default(releaseTimeout(startSeconds))
          .describe(
            "How long a release may take until its pods are ready: at least as long as a pod may take to start.",
          )
          .meta({ example: "3600" }),
      })
      .prefault({})
      .describe("The official chart, for `delivery: helm`."),
  };
}

/** Converts a section to its component's argument. */
export function deliveryOf({
  delivery,
  chart,
}: {
  readonly delivery: "manifests" | "helm";
  readonly chart: { readonly source: string; readonly version: string; readonly timeoutSeconds: number };
}): Delivery {
  if (delivery === "manifests") return { kind: "manifests" };
  const { source, version, timeoutSeconds } = chart;
  return { kind: "helm", chart: { chart: source, version }, timeoutSeconds };
}
