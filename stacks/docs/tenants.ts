import { renderQuota } from "../../components/tenant/render-quota.ts";
import { TENANT_RIGHTS } from "../../components/core/tenant-rights.ts";
import { committedConfig } from "./committed-config.ts";
import { table } from "./table.ts";

/** What the users of a tenant may do. */
export function tenantRightsTable(): string {
  return table(
    ["resources", "group", "verbs", "purpose"],
    TENANT_RIGHTS.map(({ resources, group, verbs, purpose }) => [
      resources.map((resource) => `\`${resource}\``).join(", "),
      group === "" ? "core" : `\`${group}\``,
      verbs.join(", "),
      purpose,
    ]),
  );
}

/** Everything that the ResourceQuotas of a stack count. */
export function tenantQuotaTable(stack: string): string {
  const tenants = Object.entries(committedConfig(stack).tenants).map(
    ([name, { quota, classes }]) =>
      [name, renderQuota("", quota, classes).spec.hard as Readonly<Record<string, string>>] as const,
  );
  const resources = [...new Set(tenants.flatMap(([, hard]) => Object.keys(hard)))];
  const rows = resources.map((resource) => [
    `\`${resource}\``,
    ...tenants.map(([, hard]) => hard[resource] ?? ""),
  ]);
  return table([stack, ...tenants.map(([name]) => name)], rows);
}
