import type { PropertyMap } from "../shared/property-values.ts";
import type { CheckFailure } from "../shared/provider.ts";

export type InputKind = "integer" | "boolean" | "string" | "map of strings";

/** One type of the random package. Inputs come here without secrets; `null` counts as not given. */
export interface RandomResourceType {
  readonly inputs: Readonly<Record<string, InputKind>>;
  readonly required: readonly string[];
  /** What is computed; the secret ones are encrypted in the state. */
  readonly outputs: readonly string[];
  readonly secretOutputs: readonly string[];
  /** Rules between inputs; unknown inputs must pass. Kind and presence are checked before. */
  readonly validate: (inputs: PropertyMap) => readonly CheckFailure[];
  /** The inputs with defaults filled in: equal ones mean "nothing changed", different ones a new value. */
  readonly withDefaults: (inputs: PropertyMap) => PropertyMap;
  readonly generate: (inputs: PropertyMap) => Promise<Generated>;
  /** From the id given to `pulumi import`; throws OperationFailed when it cannot be read. */
  readonly parseImport: (id: string) => Promise<Generated & { readonly inputs: PropertyMap }>;
}

export interface Generated {
  readonly id: string;
  /** The values of `outputs`, and of inputs that the resource fills in. */
  readonly outputs: PropertyMap;
}
