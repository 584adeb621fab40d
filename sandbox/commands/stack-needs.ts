import { type PlatformConfig, schema } from "../../stacks/config.ts";
import { usesKyverno } from "../../stacks/features/security/kyverno.ts";
import { usesCharts } from "../../stacks/plan.ts";
import { isStandIn } from "../charts/stand-ins.ts";
import type { StackFile } from "./stack-config.ts";

/** What a stack needs from its sandbox, besides a cluster and Pulumi. */
export interface StackNeeds {
  /** Only stacks with Helm charts use it, and it takes a minute to build. */
  readonly helm: boolean;
  /** The definitions of CloudNativePG's kinds. */
  readonly cloudNativePg: boolean;
  /** Kyverno's own chart. */
  readonly kyverno: boolean;
  /** The applications whose official charts are replaced. */
  readonly replacedCharts: readonly string[];
  /** Kueue's manager and its definitions. */
  readonly kueue: boolean;
}

/** Reads the needs from the stack's configuration. An invalid configuration needs nothing, because the program rejects it. */
export function stackNeeds(project: string, file: StackFile): StackNeeds {
  const values = Object.entries(file.config ?? {}).flatMap(([key, value]) => {
    const name = key.startsWith(`${project}:`) ? key.slice(project.length + 1) : "";
    return name in schema.shape ? [[name, decoded(value)]] : [];
  });
  const { data } = schema.safeParse(Object.fromEntries(values));
  return {
    helm: data !== undefined && usesCharts(data),
    cloudNativePg: data !== undefined && data.features.postgres && data.postgres.mode === "cloudnativepg",
    kyverno: data !== undefined && usesKyverno(data),
    replacedCharts: data === undefined ? [] : replacedCharts(data),
    kueue: data !== undefined && data.features.kueue,
  };
}

function replacedCharts({
  features,
  gateway,
  tracing,
}: Pick<PlatformConfig, "features" | "gateway" | "tracing">): string[] {
  const applications = [
    { name: "LiteLLM", isOn: features.gateway, section: gateway },
    { name: "Phoenix", isOn: features.tracing, section: tracing },
  ];
  return applications
    .filter(({ isOn, section }) => isOn && section.delivery === "helm" && isStandIn(section.chart.source))
    .map(({ name }) => name);
}

/** A section that was set as a whole is JSON text. */
function decoded(value: unknown): unknown {
  if (typeof value !== "string" || !value.startsWith("{")) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
