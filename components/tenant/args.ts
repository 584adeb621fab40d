import type { ContainerLimits, TenantClasses, TenantQuota } from "./render-quota.ts";

/** Arguments of {@link Tenant}. */
export interface TenantArgs {
  /** Its existing namespace, with Pod Security and default deny like those of the platform. */
  readonly namespace: string;
  /** The total for all its pods. */
  readonly quota: TenantQuota;
  /** The classes of the cluster that its objects may use. */
  readonly classes: TenantClasses;
  /** Default and maximum of one container. */
  readonly containers: ContainerLimits;
  /**
   * The group of its users in the authentication of the cluster.
   * @default none: no user gets rights in its namespace
   */
  readonly group?: string;
}
