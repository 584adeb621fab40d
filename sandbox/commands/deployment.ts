import { z } from "zod";

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
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
  /** Objects that the program keeps when it is destroyed, as kubectl names them. */
  readonly retained: ReadonlySet<string>;
  /** An update ended in the middle of an operation: what that made, the state does not know. */
  readonly interrupted: boolean;
}

/** `Deployment` of `apps/v1` is "deployment.apps/NAME" for kubectl, a kind of the core group has no suffix. */
function kubectlName({ apiVersion, kind, metadata }: z.infer<typeof objectSchema>): string {
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0] ?? ""}` : "";
  return `${kind.toLowerCase()}${group}/${metadata.name}`;
}

/** Reads what `pulumi stack export` writes. */
export function readDeployment(exported: string): Deployment {
  const { resources, pending_operations: pending } = exportSchema.parse(JSON.parse(exported)).deployment;
  return {
    protectedCount: resources.filter(({ protect }) => protect === true).length,
    retained: new Set(
      resources.flatMap(({ retainOnDelete, outputs }) => {
        const object = objectSchema.safeParse(outputs);
        return retainOnDelete === true && object.success ? [kubectlName(object.data)] : [];
      }),
    ),
    interrupted: pending.length > 0,
  };
}
