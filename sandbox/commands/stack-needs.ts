import { schema } from "../../stacks/config.ts";
import { usesCharts } from "../../stacks/plan.ts";
import type { StackFile } from "./stack-config.ts";

/** What a stack asks of its sandbox, besides a cluster and Pulumi. */
export interface StackNeeds {
  /** A program that only stacks with Helm charts use, and that takes a minute to build. */
  readonly helm: boolean;
  /** The definitions of CloudNativePG's kinds. */
  readonly cloudNativePg: boolean;
}

/** Reads it from the stack's configuration. One that does not fit needs nothing: the program refuses it and says why. */
export function stackNeeds(project: string, file: StackFile): StackNeeds {
  const values = Object.entries(file.config ?? {}).flatMap(([key, value]) => {
    const name = key.startsWith(`${project}:`) ? key.slice(project.length + 1) : "";
    return name in schema.shape ? [[name, decoded(value)]] : [];
  });
  const { data } = schema.safeParse(Object.fromEntries(values));
  return {
    helm: data !== undefined && usesCharts(data),
    cloudNativePg: data !== undefined && data.features.postgres && data.postgres.mode === "cloudnativepg",
  };
}

/** A section that was set as a whole is a text of JSON. */
function decoded(value: unknown): unknown {
  if (typeof value !== "string" || !value.startsWith("{")) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
