import { z } from "zod";
import { keyAndValue, objectName } from "../../schema/names.ts";

const borrowed = (maximum: number, what: string, example: string) =>
  z.int().min(0).max(maximum).default(0).describe(what).meta({ example });

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
    cohort: z
      .strictObject({
        name: objectName("a cohort")
          .describe("The cohort, as the other ClusterQueues name it in `cohortName`.")
          .meta({ example: "company" }),
        borrow: z
          .strictObject({
            cpu: borrowed(100_000, "Cores beyond the quota.", "16"),
            memoryGi: borrowed(1_000_000, "GiB beyond the quota.", "64"),
            gpus: borrowed(10_000, "GPUs beyond the quota.", "2"),
          })
          .prefault({})
          .describe("What admitted workloads may have beyond the quota while others do not use it."),
      })
      .optional()
      .describe(
        "ClusterQueues of others with which the queues share unused quota: they lend what they do not use, and take it back from borrowers at once. None when left out.",
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
