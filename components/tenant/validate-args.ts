import type { ArgumentProblem } from "../core/invalid-args.ts";
import type { TenantArgs } from "./args.ts";

/** A tenant's name. It becomes part of the name of its namespace and of its key at the gateway. */
export const TENANT_NAME = /^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$/;

/** The name of an object without a namespace (an RFC 1123 subdomain). */
export const CLASS_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAY_BE_NONE = ["gpus", "storageGi"];

/** Why a group cannot be a tenant's users. Groups of Kubernetes contain everyone or nodes, or have all rights. */
export function groupProblem(group: string): string | undefined {
  if (group.trim() === "") return "must not be empty";
  return group.startsWith("system:")
    ? "is a group of Kubernetes, which has other members than the tenant's users"
    : undefined;
}

/** Problems with the arguments of a tenant; empty if they are valid. */
export function validateTenantArgs({ quota, classes, containers, group }: TenantArgs): ArgumentProblem[] {
  const reason = group === undefined ? undefined : groupProblem(group);
  return [
    ...numbers(quota).flatMap(([key, value]) =>
      wholeProblem(`quota.${key}`, value, MAY_BE_NONE.includes(key) ? 0 : 1),
    ),
    ...Object.entries(classes).flatMap(([kind, names]: [string, readonly string[]]) =>
      names.flatMap((name, index) =>
        CLASS_NAME.test(name)
          ? []
          : [{ propertyPath: `classes.${kind}[${index}]`, reason: "is not a valid name of a class" }],
      ),
    ),
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
