import { type ConfigProblem, fixCommand } from "../../config-problem.ts";
import { publicUrlProblems } from "../../rules/public-url.ts";
import type { Config } from "../../feature.ts";
import type { TracingConfig } from "./schema.ts";

/** The problems between the keys. Exposures have separate rules. */
export function tracingProblems({
  tracing,
  postgres,
}: Pick<Config, "tracing" | "postgres">): ConfigProblem[] {
  return [
    ...publicUrlProblems(["tracing"], tracing),
    ...chartProblems(tracing),
    ...storageProblems(tracing, postgres),
  ];
}

/** The limits of the official chart. */
function chartProblems({ delivery, replicas, exposure }: TracingConfig): ConfigProblem[] {
  if (delivery === "manifests") return [];
  return [
    ...(replicas === 1
      ? []
      : [
          {
            path: ["tracing", "replicas"],
            value: replicas,
            reason:
              "the pods of the official chart start at the same time and each migrates the database (tracing.delivery is helm)",
            fix: `${fixCommand(["tracing", "replicas"], "1")}  (or: ${fixCommand(["tracing", "delivery"], "manifests")})`,
          },
        ]),
    ...(exposure.kind === "none"
      ? []
      : [
          {
            path: ["tracing", "exposure"],
            reason:
              "the official chart does not name its ports, and an exposure needs a port name (tracing.delivery is helm)",
            fix: fixCommand(["tracing", "delivery"], "manifests"),
          },
        ]),
  ];
}

/** Otherwise the chart sets its own size. The stack does not know the size of an external server. */
function storageProblems(
  { delivery }: TracingConfig,
  { mode, external }: Config["postgres"],
): ConfigProblem[] {
  if (delivery === "manifests" || mode !== "external" || external.storageGi !== undefined) return [];
  const path = ["postgres", "external", "storageGi"];
  return [
    {
      path,
      reason:
        "is required: the official chart of Phoenix needs the size of the database's storage (tracing.delivery is helm)",
      fix: fixCommand(path, "100"),
    },
  ];
}
