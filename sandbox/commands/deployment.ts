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

/** What `make down` has to know of the state before it destroys the stack. */
export interface Deployment {
  readonly protectedCount: number;
  /** Whether the program keeps an object when it is destroyed; the object as kubectl names it. */
  readonly retains: (name: string) => boolean;
  /** An update ended in the middle of an operation: what that made, the state does not know. */
  readonly interrupted: boolean;
}

/** `Deployment` of `apps/v1` is "deployment.apps/NAME" for kubectl, a kind of the core group has no suffix. */
function kubectlName({ apiVersion, kind, metadata }: z.infer<typeof objectSchema>): string {
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0] ?? ""}` : "";
  return `${kind.toLowerCase()}${group}/${metadata.name}`;
}

/** The claims that a StatefulSet made and leaves behind: its pods' numbers follow these names. */
function retainedClaims(outputs: unknown): string[] {
  const statefulSet = statefulSetSchema.safeParse(outputs);
  if (!statefulSet.success) return [];
  const { metadata, spec } = statefulSet.data;
  if (spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === "Delete") return [];
  return spec.volumeClaimTemplates.map(
    (template) => `persistentvolumeclaim/${template.metadata.name}-${metadata.name}-`,
  );
}

/** Reads what `pulumi stack export` writes. */
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
