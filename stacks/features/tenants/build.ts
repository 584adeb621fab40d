import * as pulumi from "@pulumi/pulumi";
import type { TenantClassNames } from "../../../components/admission/policies/tenants.ts";
import type { NamespaceArgs } from "../../../components/core/namespace/args.ts";
import { KUEUE_MANAGED, TENANT } from "../../../components/core/labels.ts";
import { Tenant } from "../../../components/tenant/index.ts";
import type { Config } from "../../feature.ts";
import { containerMax, storageWarnings, tenantKey, tenantsWarnings } from "./rules.ts";
import type { TenantsConfig } from "./schema.ts";

/** The part of a stack's configuration that this feature reads. */
export interface TenantsConfigPart {
  readonly namespacePrefix: string;
  readonly features: { readonly gateway: boolean };
  readonly gateway: Pick<Config["gateway"], "database" | "keys" | "teams">;
  readonly tenants: TenantsConfig;
}

type Placed = Pick<TenantsConfigPart, "namespacePrefix" | "tenants">;

/** The namespace of each tenant, by its name. */
export function tenantNamespaces({ namespacePrefix, tenants }: Placed): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(tenants).map((name) => [name, `${namespacePrefix}-tenant-${name}`]));
}

/** The namespaces to create. The policy that requires a queue applies to all of them, also to tenants without a queue. */
export function tenantNamespaceArgs(config: Placed, retain: boolean): Record<string, NamespaceArgs> {
  return Object.fromEntries(
    Object.entries(tenantNamespaces(config)).map(([name, namespace]) => [
      tenantKey(name),
      { namespace, role: "tenant" as const, labels: { [KUEUE_MANAGED]: "true", [TENANT]: name }, retain },
    ]),
  );
}

/** The LocalQueues of tenants, with which a policy compares a workload's label. */
export function tenantQueues(config: Placed): { readonly namespace: string; readonly name: string }[] {
  const namespaces = tenantNamespaces(config);
  return Object.entries(config.tenants).flatMap(([tenant, { queue }]) =>
    queue === undefined ? [] : [{ namespace: namespaces[tenant] ?? "", name: queue.name }],
  );
}

/** The classes that each tenant may use, by its namespace: what the policies compare with. */
export function tenantClasses(config: Placed): TenantClassNames {
  const namespaces = tenantNamespaces(config);
  return Object.fromEntries(
    Object.entries(config.tenants).map(([tenant, { classes }]) => [
      namespaces[tenant] ?? "",
      { storage: classes.storage, runtime: classes.runtime },
    ]),
  );
}

/**
 * The tenants that call the gateway, by the name of their key. Without a database there are none, because each would get a
 * copy of the master key. The rules of the configuration also reject that.
 */
export function tenantGatewayUsers(
  config: TenantsConfigPart,
): Readonly<Record<string, { readonly namespace: string }>> {
  if (!config.features.gateway || !config.gateway.database) return {};
  const namespaces = tenantNamespaces(config);
  return Object.fromEntries(
    Object.entries(config.tenants)
      .filter(([, { gateway }]) => gateway)
      .map(([name]) => [tenantKey(name), { namespace: namespaces[name] ?? "" }]),
  );
}

/** Quota, limits and rights of every tenant, in the namespaces that already exist. */
export function buildTenants(config: TenantsConfigPart, opts: pulumi.ComponentResourceOptions): Tenant[] {
  const { tenants, gateway } = config;
  const warnings = [...tenantsWarnings(tenants, gateway.keys, gateway.teams), ...storageWarnings(tenants)];
  for (const warning of warnings) void pulumi.log.warn(warning);
  const namespaces = tenantNamespaces(config);
  return Object.entries(tenants).map(([name, tenant]) => {
    const { quota, classes, container, group } = tenant;
    return new Tenant(
      tenantKey(name),
      {
        namespace: namespaces[name] ?? "",
        quota,
        classes,
        containers: {
          default: { cpuMillicores: container.cpuMillicores, memoryMi: container.memoryMi },
          max: containerMax(tenant),
        },
        ...(group === undefined ? {} : { group }),
      },
      opts,
    );
  });
}
