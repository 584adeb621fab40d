import type { NamespaceRole } from "../labels.ts";

/** An exception from Pod Security `restricted` for a whole namespace. */
interface PodSecurityException {
  readonly level: "baseline" | "privileged";
  /** What needs the exception, for readers of the namespace. */
  readonly reason: string;
}

/** Arguments of {@link Namespace}. */
export interface NamespaceArgs {
  /** Name of the namespace. It is part of every address in it, so it never changes. */
  readonly namespace: string;
  /**
   * Owner of the namespace. Admission policies select by it.
   * @default platform
   */
  readonly role?: NamespaceRole;
  /**
   * Additional labels, such as the label that selects the namespace for an admission policy.
   * @default none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * An exception from Pod Security `restricted`, with its reason.
   * @default none
   */
  readonly podSecurity?: PodSecurityException;
  /**
   * Keeps the namespace, and its volumes, when the stack is destroyed.
   * @default false
   */
  readonly retain?: boolean;
}
