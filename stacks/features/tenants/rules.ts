import { type ConfigProblem, fixCommand, formatPath, removeCommand } from "../../config-problem.ts";
import type { Config } from "../../feature.ts";
import type { TenantConfig, TenantsConfig } from "./schema.ts";

/** What the rules of tenants read. */
export interface TenantsSurroundings {
  readonly features: { readonly gateway: boolean; readonly kueue: boolean; readonly security: boolean };
  readonly gateway: { readonly database: boolean };
  readonly kueue: Config["kueue"];
  readonly security: { readonly policies: Pick<Config["security"]["policies"], "requireQueueName"> };
  readonly tenants: TenantsConfig;
}

/** The problems between the keys of tenants, of their queues and of the features that they use. */
export function tenantsProblems(config: TenantsSurroundings): ConfigProblem[] {
  return [
    ...Object.entries(config.tenants).flatMap(([name, tenant]) => [
      ...gatewayProblems(name, tenant, config),
      ...queueProblems(name, tenant, config),
      ...containerProblems(name, tenant),
      ...objectProblems(name, tenant),
    ]),
    ...uselessQueue(config),
  ];
}

function gatewayProblems(
  name: string,
  tenant: TenantConfig,
  { features, gateway }: TenantsSurroundings,
): ConfigProblem[] {
  if (!tenant.gateway) return [];
  const path = ["tenants", name, "gateway"];
  const otherwise = fixCommand(path, "false");
  const problem = (reason: string, fix: string): ConfigProblem[] => [
    { path, value: true, reason, fix: `${fix}  (or: ${otherwise})` },
  ];
  if (!features.gateway) {
    return problem(
      "the stack has no gateway (features.gateway is off)",
      fixCommand(["features", "gateway"], "true"),
    );
  }
  // Without virtual keys every consumer has the master key, which has all rights (docs/references.md#litellm-prices).
  return gateway.database
    ? []
    : problem(
        "virtual keys need the database (gateway.database is off), and a tenant never gets the master key",
        fixCommand(["gateway", "database"], "true"),
      );
}

function queueProblems(name: string, tenant: TenantConfig, config: TenantsSurroundings): ConfigProblem[] {
  const { queue, quota } = tenant;
  const { features, kueue } = config;
  const path = ["tenants", name, "queue"];
  if (queue === undefined) return missingQueue(name, tenant, config);
  if (!features.kueue) {
    return [
      {
        path,
        value: queue,
        reason: "is a queue that the stack does not create (features.kueue is off)",
        fix: `${fixCommand(["features", "kueue"], "true")}  (or: ${removeCommand(path)})`,
      },
    ];
  }
  return (["cpu", "memoryGi", "gpus"] as const)
    .filter((key) => quota[key] > kueue.quota[key] + (kueue.cohort?.borrow[key] ?? 0))
    .map((key) => {
      const own = ["tenants", name, "quota", key];
      const all = ["kueue", "quota", key];
      return {
        path: own,
        value: quota[key],
        reason: `is more than the quota of all queues together (${formatPath(all)} is ${kueue.quota[key]}), so a workload that needs it would never start`,
        fix: `${fixCommand(all, String(quota[key]))}  (or: ${fixCommand(own, String(kueue.quota[key]))})`,
      };
    });
}

/** GPUs in the quota that a policy rejects, because every pod that requests one needs a queue. */
function missingQueue(
  name: string,
  { quota }: TenantConfig,
  { features, security }: TenantsSurroundings,
): ConfigProblem[] {
  if (quota.gpus === 0 || !features.security || security.policies.requireQueueName !== "enforce") return [];
  const queue = fixCommand(["tenants", name, "queue", "name"]);
  const kueue = features.kueue ? "" : `${fixCommand(["features", "kueue"], "true")} && `;
  return [
    {
      path: ["tenants", name, "queue"],
      reason:
        `is required: the tenant may have ${quota.gpus} GPU(s), and a pod with GPUs needs a queue ` +
        "(security.policies.requireQueueName is enforce)",
      fix: `${kueue}${queue}  (or: ${fixCommand(["tenants", name, "quota", "gpus"], "0")})`,
    },
  ];
}

function containerProblems(name: string, tenant: TenantConfig): ConfigProblem[] {
  const max = containerMax(tenant);
  return (["cpuMillicores", "memoryMi"] as const)
    .filter((key) => tenant.container[key] > max[key])
    .map((key) => {
      const path = ["tenants", name, "container", key];
      return {
        path,
        value: tenant.container[key],
        reason: `is more than the limit for one container (${max[key]}), so a container without its own value would be rejected`,
        fix: fixCommand(path, String(max[key])),
      };
    });
}

/** Pods are objects, too: a quota with fewer objects would never allow all pods. */
function objectProblems(name: string, { quota }: TenantConfig): ConfigProblem[] {
  if (quota.objects >= quota.pods) return [];
  const path = ["tenants", name, "quota", "objects"];
  return [
    {
      path,
      value: quota.objects,
      reason: `is less than tenants.${name}.quota.pods (${quota.pods}), and every pod counts as an object`,
      fix: fixCommand(path, String(quota.pods * 2)),
    },
  ];
}

/** The maximum for one container. @default the whole quota */
export function containerMax({ quota, container }: TenantConfig) {
  return {
    cpuMillicores: container.maxCpuMillicores ?? quota.cpu * 1000,
    memoryMi: container.maxMemoryMi ?? quota.memoryGi * 1024,
  };
}

/** A ClusterQueue without a LocalQueue admits nothing, without a message. */
function uselessQueue({ features, tenants }: TenantsSurroundings): ConfigProblem[] {
  if (!features.kueue || Object.values(tenants).some(({ queue }) => queue !== undefined)) return [];
  const name = Object.keys(tenants)[0] ?? "lab";
  return [
    {
      path: ["features", "kueue"],
      value: true,
      reason: "no tenant has a queue, so Kueue would admit no workload",
      fix: `${fixCommand(["tenants", name, "queue", "name"])}  (or: ${fixCommand(["features", "kueue"], "false")})`,
    },
  ];
}

/** Tenants with storage in their quota and no class for it: the API server refuses their claims. */
export function storageWarnings(tenants: TenantsConfig): string[] {
  return Object.entries(tenants)
    .filter(([, { quota, classes }]) => quota.storageGi > 0 && classes.storage.length === 0)
    .map(([name]) => {
      const allow = fixCommand(["tenants", name, "classes", "storage", 0], "<class>");
      const none = fixCommand(["tenants", name, "quota", "storageGi"], "0");
      return `the tenant "${name}" may have no volume claims, because it has no storage class. To allow one (kubectl get storageclasses): ${allow}  (or, without storage: ${none})`;
    });
}

/** Warnings that do not stop an update. In prod the gateway's rules reject these cases. */
export function tenantsWarnings(
  tenants: TenantsConfig,
  keys: Readonly<Record<string, { readonly budget?: unknown; readonly team?: string | undefined }>>,
  teams: Readonly<Record<string, { readonly budget?: unknown }>>,
): string[] {
  return Object.entries(tenants)
    .filter(([, { gateway }]) => gateway)
    .filter(([name]) => {
      const { budget, team } = keys[tenantKey(name)] ?? {};
      return budget === undefined && teams[team ?? ""]?.budget === undefined;
    })
    .map(
      ([name]) =>
        `the tenant "${name}" has no budget at the gateway. To give it one: ${fixCommand(["gateway", "keys", tenantKey(name), "budget", "usd"], "50")}`,
    );
}

/** The name of a tenant's key at the gateway. Its limits are in `gateway.keys`. */
export function tenantKey(name: string): string {
  return `tenant-${name}`;
}
