// Shared parts of the policies about objects of tenants.
import { NAMESPACE_ROLE, type NamespaceRole } from "../../core/labels.ts";
import { text } from "../cel.ts";
import type { NamespaceSelector, Operation, Validation } from "../policy.ts";

const ROLE: NamespaceRole = "tenant";

export const TENANT_NAMESPACES: NamespaceSelector = { matchLabels: { [NAMESPACE_ROLE]: ROLE } };
export const CHANGES: readonly Operation[] = ["CREATE", "UPDATE"];

/** The classes that each tenant's namespace may use. */
export type TenantClassNames = Readonly<
  Record<string, { readonly storage: readonly string[]; readonly runtime: readonly string[] }>
>;

export interface Refusal {
  /** True refuses. */
  readonly expression: string;
  /** The reason, for the message and the documentation. */
  readonly reason: string;
}

export function validationOf({ expression, reason }: Refusal): Validation {
  return {
    expression: `!(${expression})`,
    message: reason,
    messageExpression: `variables.o.kind + ' "' + variables.o.metadata.name + '": ' + ${text(reason)}`,
  };
}
