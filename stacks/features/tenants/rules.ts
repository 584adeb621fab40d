import { type ConfigProblem, fixCommand, formatPath, removeCommand } from "../../config-problem.ts";
import type { Config } from "../../feature.ts";
import type { TenantConfig, TenantsConfig } from "./schema.ts";

/** What the rules of tenants look at. */
export interface TenantsSurroundings {
  readonly features: { readonly gateway: boolean; readonly kueue: boolean; readonly security: boolean };
  readonly gateway: { readonly database: boolean };
  readonly kueue: Config["kueue"];
  readonly security: { readonly policies: Pick<Config["security"]["policies"], "requireQueueName"> };
  readonly tenants: TenantsConfig;
}

/** What is wrong between the keys of tenants, of their queues and of what they use. */
export function tenantsProblems(config: TenantsSurroundings): ConfigProblem[] {
  return [
    ...Object.entries(config.tenants).flatMap(([name, tenant]) => [
      ...gatewayProblems(name, tenant, config),
      ...queueProblems(name, tenant, config),
      ...containerProblems(name, tenant),
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
      "there is no gateway to call (features.gateway is off)",
      fixCommand(["features", "gateway"], "true"),
    );
  }
  // Without virtual keys every consumer has the master key, which has all rights (docs/references.md#litellm-prices).
  return gateway.database
    ? []
    : problem(
        "there are no virtual keys without the database (gateway.database is off), and no tenant gets the master key",
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
        reason: "is a queue that the stack does not make: features.kueue is off",
        fix: `${fixCommand(["features", "kueue"], "true")}  (or: ${removeCommand(path)})`,
      },
    ];
  }
  return (["cpu", "memoryGi", "gpus"] as const)
    .filter((key) => quota[key] > kueue.quota[key])
    .map((key) => {
      const own = ["tenants", name, "quota", key];
      const all = ["kueue", "quota", key];
      return {
        path: own,
        value: quota[key],
        reason: `is more than all queues have together (${formatPath(all)} is ${kueue.quota[key]}): what needs it would wait for ever`,
        fix: `${fixCommand(all, String(quota[key]))}  (or: ${fixCommand(own, String(kueue.quota[key]))})`,
      };
    });
}

/** GPUs that the quota gives and a policy refuses: every pod that asks for one would be told to name a queue. */
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
        `is required: the tenant may have ${quota.gpus} GPU(s), and no pod gets one without a queue ` +
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
        reason: `is more than a container can have (${max[key]}): what says nothing would be refused`,
        fix: fixCommand(path, String(max[key])),
      };
    });
}

/** The most that one container can have: of a quota at least all of it. */
export function containerMax({ quota, container }: TenantConfig) {
  return {
    cpuMillicores: container.maxCpuMillicores ?? quota.cpu * 1000,
    memoryMi: container.maxMemoryMi ?? quota.memoryGi * 1024,
  };
}

/** A ClusterQueue that no LocalQueue leads to admits nothing, and nobody is told. */
function uselessQueue({ features, tenants }: TenantsSurroundings): ConfigProblem[] {
  if (!features.kueue || Object.values(tenants).some(({ queue }) => queue !== undefined)) return [];
  const name = Object.keys(tenants)[0] ?? "lab";
  return [
    {
      path: ["features", "kueue"],
      value: true,
      reason: "no tenant has a queue, so nothing is ever admitted",
      fix: `${fixCommand(["tenants", name, "queue", "name"])}  (or: ${fixCommand(["features", "kueue"], "false")})`,
    },
  ];
}

/** What is worth telling and no reason to stop, in words. In prod the gateway's own rules refuse it. */
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

/** What a tenant's key at the gateway is called: its limits are those of `gateway.keys`. */
export function tenantKey(name: string): string {
  return `tenant-${name}`;
}
