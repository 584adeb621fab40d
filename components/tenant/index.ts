import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { refuseArguments } from "../core/invalid-args.ts";
import { TOKENS } from "../core/tokens.ts";
import type { TenantArgs } from "./args.ts";
import { renderLimits, renderPriorityQuota, renderQuota } from "./render-quota.ts";
import { renderRole, renderRoleBinding } from "./render-rights.ts";
import { validateTenantArgs } from "./validate-args.ts";

/**
 * The limits and rights of a tenant in its namespace: a quota, limits for each container, and the rights of its
 * users.
 */
export class Tenant extends pulumi.ComponentResource {
  constructor(name: string, args: TenantArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`Tenant "${name}"`, validateTenantArgs(args));
    super(TOKENS.Tenant, name, {}, opts);

    const { namespace, quota, classes, containers, group } = args;
    const parent = { parent: this };
    const borders = [
      new kubernetes.core.v1.ResourceQuota(`${name}-quota`, renderQuota(namespace, quota, classes), parent),
      new kubernetes.core.v1.ResourceQuota(
        `${name}-priority-quota`,
        renderPriorityQuota(namespace, classes),
        parent,
      ),
      new kubernetes.core.v1.LimitRange(`${name}-limits`, renderLimits(namespace, containers), parent),
    ];
    if (group !== undefined) {
      const role = new kubernetes.rbac.v1.Role(`${name}-role`, renderRole(namespace), parent);
      // Users get access only after the limits exist.
      new kubernetes.rbac.v1.RoleBinding(`${name}-role-binding`, renderRoleBinding(namespace, group), {
        ...parent,
        dependsOn: [role, ...borders],
      });
    }
    this.registerOutputs({ namespace });
  }
}
