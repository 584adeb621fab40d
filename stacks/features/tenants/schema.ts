import { z } from "zod";
import { CLASS_NAME, groupProblem, TENANT_NAME } from "../../../components/tenant/validate-args.ts";
import { LABEL } from "../../../components/core/names.ts";

const MOST_CPU = 10_000;
const MOST_MEMORY_GI = 100_000;

const quota = z
  .strictObject({
    cpu: z
      .int()
      .min(1)
      .max(MOST_CPU)
      .default(4)
      .describe("Cores that its pods may request together.")
      .meta({ example: "8" }),
    memoryGi: z
      .int()
      .min(1)
      .max(MOST_MEMORY_GI)
      .default(8)
      .describe("GiB that its pods may request, and be limited to, together.")
      .meta({ example: "32" }),
    gpus: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .describe("GPUs (`nvidia.com/gpu`) that its pods may request together.")
      .meta({ example: "1" }),
    pods: z.int().min(1).max(10_000).default(20).describe("Maximum number of pods.").meta({ example: "50" }),
    storageGi: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(20)
      .describe("GiB of all its volumes together. It needs a class in `classes.storage`.")
      .meta({ example: "100" }),
    objects: z
      .int()
      .min(1)
      .max(100_000)
      .default(200)
      .describe("Objects of each kind that it may have at a time, finished pods included.")
      .meta({ example: "500" }),
  })
  .prefault({})
  .describe("The quota for all its pods together.");

const classNames = (kind: string, what: string) =>
  z
    .array(z.string().regex(CLASS_NAME, `the name of a ${kind}`).meta({ example: "standard" }))
    .default([])
    .describe(what);

const classes = z
  .strictObject({
    storage: classNames("StorageClass", "StorageClasses for its claims. Without one it may have no claims."),
    priority: classNames(
      "PriorityClass",
      "PriorityClasses for its pods. List the `globalDefault` class of the cluster if there is one.",
    ),
    runtime: classNames("RuntimeClass", "RuntimeClasses for its pods (`security.policies.tenantPods`)."),
  })
  .prefault({})
  .describe("The classes of the cluster that its objects may use. It may use no other.");

const container = z
  .strictObject({
    cpuMillicores: z
      .int()
      .min(1)
      .max(MOST_CPU * 1000)
      .default(100)
      .describe("Default CPU request of a container.")
      .meta({ example: "100" }),
    memoryMi: z
      .int()
      .min(1)
      .max(MOST_MEMORY_GI * 1024)
      .default(256)
      .describe("Default memory request and limit of a container.")
      .meta({ example: "256" }),
    maxCpuMillicores: z
      .int()
      .min(1)
      .max(MOST_CPU * 1000)
      .optional()
      .describe("Maximum CPU of one container; the whole quota when left out.")
      .meta({ example: "2000" }),
    maxMemoryMi: z
      .int()
      .min(1)
      .max(MOST_MEMORY_GI * 1024)
      .optional()
      .describe("Maximum memory of one container; the whole quota when left out.")
      .meta({ example: "4096" }),
  })
  .prefault({})
  .describe("Defaults and maximum of one container.");

const tenant = z.strictObject({
  quota,
  classes,
  container,
  queue: z
    .strictObject({
      name: z
        .string()
        .regex(LABEL, "the name of a LocalQueue")
        // Kueue assigns workloads without a queue to this name, without a message (docs/references.md#kueue-objects).
        .refine(
          (name) => name !== "default",
          'another name than "default", which Kueue takes for every workload',
        )
        .describe("The LocalQueue, as workloads name it in the label `kueue.x-k8s.io/queue-name`.")
        .meta({ example: "gpu" }),
    })
    .optional()
    .describe("A Kueue queue in its namespace; none when left out."),
  gateway: z
    .boolean()
    .default(false)
    .describe(
      "Its pods may call the gateway, with a virtual key of its own in a Secret of its namespace. The key's limits are `gateway.keys.tenant-<name>`.",
    )
    .meta({ example: "true" }),
  group: z
    .string()
    .refine((name) => groupProblem(name) === undefined, "a group of its own users, not one of Kubernetes")
    .optional()
    .describe(
      "The group of its users in the authentication of the cluster. It gets the rights in docs/tenants.md. Without it no user gets rights.",
    )
    .meta({ example: "lab-users" }),
});

/** The section `tenants` of a stack's configuration. */
export const tenantsSchema = z
  .record(
    z
      .string()
      .regex(TENANT_NAME, "lower-case letters, digits and dashes, at most 30, beginning with a letter"),
    tenant,
  )
  .default({})
  .describe(
    "The teams that share the cluster, by name. Each has the namespace `<namespacePrefix>-tenant-<name>`.",
  );

export type TenantsConfig = z.output<typeof tenantsSchema>;
export type TenantConfig = TenantsConfig[string];

declare module "../../feature.ts" {
  interface Sections {
    readonly tenants: TenantsConfig;
  }
}
