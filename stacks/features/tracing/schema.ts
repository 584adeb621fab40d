import { z } from "zod";
import { PHOENIX_START_SECONDS } from "../../../components/phoenix/pods.ts";
import { deliveryKeys } from "../../schema/delivery.ts";
import { exposureSchema } from "../../schema/exposure.ts";
import { publicUrlSchema } from "../../schema/public-url.ts";

/** The newest known chart. It installs Phoenix 20.3.0, and our image replaces it (docs/references.md#phoenix-chart). */
const OFFICIAL_CHART = {
  source: "oci://registry-1.docker.io/arizephoenix/phoenix-helm",
  version: "12.0.4",
} as const;

/** The section `tracing` of a stack's configuration. */
export const tracingSchema = z
  .strictObject({
    ...deliveryKeys("Phoenix", OFFICIAL_CHART, PHOENIX_START_SECONDS),
    retentionDays: z
      .int()
      .min(0)
      .max(3650)
      .default(30)
      .describe(
        "How long traces are kept, in days, in projects without their own rule. 0 keeps them forever.",
      )
      .meta({ example: "90" }),
    gatewayProject: z
      .string()
      .trim()
      .min(1)
      .default("gateway")
      .describe("The project that the gateway's traces are in.")
      .meta({ example: "gateway" }),
    metrics: z
      .boolean()
      .default(false)
      .describe("Serves Prometheus metrics on port 9090 of each pod.")
      .meta({ example: "true" }),
    replicas: z.int().min(1).max(10).default(1).describe("Number of pods.").meta({ example: "2" }),
    publicUrl: publicUrlSchema,
    exposure: exposureSchema,
  })
  .prefault({})
  .describe("Tracing of language models, Phoenix.");

export type TracingConfig = z.output<typeof tracingSchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly tracing: TracingConfig;
  }
  interface Toggles {
    readonly tracing: boolean;
  }
  interface Credentials {
    readonly postgresPhoenix: string;
    readonly phoenixSecret: string;
    readonly phoenixAdmin: string;
    readonly phoenixSystemKey: string;
    readonly phoenixTracesKey: string;
  }
}
