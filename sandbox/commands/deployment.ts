import { z } from "zod";

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});
const statefulSetSchema = objectSchema.extend({
  kind: z.literal("StatefulSet"),
  spec: z.looseObject({
    persistentVolumeClaimRetentionPolicy: z.looseObject({ whenDeleted: z.string().optional() }).optional(),
    volumeClaimTemplates: z
      .array(z.looseObject({ metadata: z.looseObject({ name: z.string() }) }))
      .default([]),
  }),
});
const exportSchema = z.looseObject({
  deployment: z.looseObject({
    resources: z
      .array(
        z.looseObject({
          protect: z.boolean().optional(),
          retainOnDelete: z.boolean().optional(),
          outputs: z.unknown().optional(),
        }),
      )
      .default([]),
    pending_operations: z.array(z.unknown()).default([]),
  }),
});

/** What `make down` needs from the state before it destroys the stack. */
export interface Deployment {
  readonly protectedCount: number;
  /** Whether an object stays when the stack is destroyed. The name is in kubectl's form. */
  readonly retains: (name: string) => boolean;
  /** An update ended in the middle of an operation. The state does not have what that operation created. */
  readonly interrupted: boolean;
}

/** `Deployment` of `apps/v1` is "deployment.apps/NAME" for kubectl. A kind of the core group has no suffix. */
function kubectlName({ apiVersion, kind, metadata }: z.infer<typeof objectSchema>): string {
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0] ?? ""}` : "";
  return `${kind.toLowerCase()}${group}/${metadata.name}`;
}

/** Prefixes of the claims that a StatefulSet leaves behind. The number of the pod follows each prefix. */
function retainedClaims(outputs: unknown): string[] {
  const statefulSet = statefulSetSchema.safeParse(outputs);
  if (!statefulSet.success) return [];
  const { metadata, spec } = statefulSet.data;
  if (spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === "Delete") return [];
  return spec.volumeClaimTemplates.map(
    (template) => `persistentvolumeclaim/${template.metadata.name}-${metadata.name}-`,
  );
}

/** Parses the output of `pulumi stack export`. */
export function readDeployment(exported: string): Deployment {
  const { resources, pending_operations: pending } = exportSchema.parse(JSON.parse(exported)).deployment;
  const retained = new Set(
    resources.flatMap(({ retainOnDelete, outputs }) => {
      const object = objectSchema.safeParse(outputs);
      return retainOnDelete === true && object.success ? [kubectlName(object.data)] : [];
    }),
  );
  const claims = new Set(resources.flatMap(({ outputs }) => retainedClaims(outputs)));
  return {
    protectedCount: resources.filter(({ protect }) => protect === true).length,
    retains: (name) => retained.has(name) || claims.has(/^(.*-)\d+$/.exec(name)?.[1] ?? ""),
    interrupted: pending.length > 0,
  };
}
