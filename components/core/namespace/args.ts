import type { NamespaceRole } from "../labels.ts";

/** More than Pod Security `restricted` allows, for everything in one namespace. */
export interface PodSecurityException {
  readonly level: "baseline" | "privileged";
  /** What needs it, for whoever reads the namespace. */
  readonly reason: string;
}

/** Arguments of {@link Namespace}. */
export interface NamespaceArgs {
  /** The namespace's own name: part of every address in it, so it never changes. */
  readonly namespace: string;
  /**
   * Whose it is: what admission policies select by.
   * @default platform
   */
  readonly role?: NamespaceRole;
  /**
   * Labels besides the platform's own: what puts the namespace under an admission policy.
   * @default none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Pods that may do more than Pod Security `restricted` lets them, and why.
   * @default none
   */
  readonly podSecurity?: PodSecurityException;
  /**
   * Keeps the namespace, and so the volumes in it, when the stack is destroyed.
   * @default false
   */
  readonly retain?: boolean;
}
