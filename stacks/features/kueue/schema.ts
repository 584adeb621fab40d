import { z } from "zod";
import { keyAndValue } from "../../schema/names.ts";

const priority = (value: number, what: string) =>
  z
    .int()
    .min(-1_000_000)
    .max(1_000_000)
    .default(value)
    .describe(what)
    .meta({ example: String(value) });

/** The section `kueue` of a stack's configuration. */
export const kueueSchema = z
  .strictObject({
    quota: z
      .strictObject({
        cpu: z
          .int()
          .min(1)
          .max(100_000)
          .default(8)
          .describe("Cores that admitted workloads may have together.")
          .meta({ example: "64" }),
        memoryGi: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(32)
          .describe("GiB that admitted workloads may have together.")
          .meta({ example: "256" }),
        gpus: z
          .int()
          .min(0)
          .max(10_000)
          .default(1)
          .describe("GPUs (`nvidia.com/gpu`) that admitted workloads may have together.")
          .meta({ example: "8" }),
      })
      .prefault({})
      .describe(
        "The quota of all queues together. A workload that requests another resource is never admitted.",
      ),
    nodeLabels: z
      .array(keyAndValue.meta({ example: "cloud.google.com/gke-accelerator=nvidia-l4" }))
      .default([])
      .describe("Labels of the nodes for admitted workloads, as `key=value`; any node when left out."),
    priorities: z
      .strictObject({
        low: priority(100, "Of `<namespacePrefix>-low`: it waits for, and makes room for, the other."),
        high: priority(1000, "Of `<namespacePrefix>-high`."),
      })
      .prefault({})
      .describe("The classes that a workload can name in the label `kueue.x-k8s.io/priority-class`."),
  })
  .prefault({})
  .describe("The queues of tenants.");

type KueueConfig = z.output<typeof kueueSchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly kueue: KueueConfig;
  }
  interface Toggles {
    readonly kueue: boolean;
  }
}
