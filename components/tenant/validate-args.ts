import type { ArgumentProblem } from "../core/invalid-args.ts";
import type { TenantArgs } from "./args.ts";

/** A tenant's name. It becomes part of the name of its namespace and of its key at the gateway. */
export const TENANT_NAME = /^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$/;

/** Why a group cannot be a tenant's users. Groups of Kubernetes contain everyone or nodes, or have all rights. */
export function groupProblem(group: string): string | undefined {
  if (group.trim() === "") return "must not be empty";
  return group.startsWith("system:")
    ? "is a group of Kubernetes, which has other members than the tenant's users"
    : undefined;
}

/** Problems with the arguments of a tenant; empty if they are valid. */
export function validateTenantArgs({ quota, containers, group }: TenantArgs): ArgumentProblem[] {
  const reason = group === undefined ? undefined : groupProblem(group);
  return [
    ...numbers(quota).flatMap(([key, value]) => wholeProblem(`quota.${key}`, value, key === "gpus" ? 0 : 1)),
    ...(["default", "max"] as const).flatMap((size) =>
      numbers(containers[size]).flatMap(([key, value]) =>
        wholeProblem(`containers.${size}.${key}`, value, 1),
      ),
    ),
    ...(["cpuMillicores", "memoryMi"] as const)
      .filter((key) => containers.default[key] > containers.max[key])
      .map((key) => ({
        propertyPath: `containers.default.${key}`,
        reason: `must not be greater than containers.max.${key}, which is ${containers.max[key]}`,
      })),
    ...(reason === undefined ? [] : [{ propertyPath: "group", reason }]),
  ];
}

function numbers(values: object): [string, number][] {
  return Object.entries(values) as [string, number][];
}

function wholeProblem(propertyPath: string, value: number, least: number): ArgumentProblem[] {
  return Number.isInteger(value) && value >= least
    ? []
    : [{ propertyPath, reason: `must be a whole number, at least ${least}` }];
}
