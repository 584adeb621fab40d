import type { ContainerLimits, TenantQuota } from "./render-quota.ts";

/** Arguments of {@link Tenant}. */
export interface TenantArgs {
  /** Its namespace, which is there already: with Pod Security and default deny it is like any of the platform's. */
  readonly namespace: string;
  /** What all its pods may have together. */
  readonly quota: TenantQuota;
  /** What one container has that says nothing, and the most that it can have. */
  readonly containers: ContainerLimits;
  /**
   * The group of its users, as the cluster's authentication names it.
   * @default none: nobody gets rights in its namespace
   */
  readonly group?: string;
}
