import { z } from "zod";
import { keyAndValue, namespaceName } from "../../schema/names.ts";

/** The section `monitoring` of a stack's configuration. */
export const monitoringSchema = z
  .strictObject({
    namespace: namespaceName
      .optional()
      .describe("Namespace of the pods that read metrics.")
      .meta({ example: "monitoring" }),
    podLabels: z
      .array(keyAndValue.meta({ example: "app.kubernetes.io/name=prometheus" }))
      .default([])
      .describe("Labels of those pods, each as `key=value`. Other pods of their namespace are not admitted."),
  })
  .prefault({})
  .describe("The pods that read the metrics of the platform and of the model servers; none when left out.");

export type MonitoringConfig = z.output<typeof monitoringSchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly monitoring: MonitoringConfig;
  }
}
