import { type ConfigProblem, fixCommand } from "../../config-problem.ts";
import { publicUrlProblems } from "../../rules/public-url.ts";
import type { TracingConfig } from "./schema.ts";

/** What is wrong between the keys; exposures have their own rules besides. */
export function tracingProblems({ tracing }: { readonly tracing: TracingConfig }): ConfigProblem[] {
  return [...publicUrlProblems(["tracing"], tracing), ...chartProblems(tracing)];
}

/** What the official chart does not have, and what it does not do. */
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
              "pods of the official chart start at once, and each migrates the database (tracing.delivery is helm)",
            fix: `${fixCommand(["tracing", "replicas"], "1")}  (or: ${fixCommand(["tracing", "delivery"], "manifests")})`,
          },
        ]),
    ...(exposure.kind === "none"
      ? []
      : [
          {
            path: ["tracing", "exposure"],
            reason:
              "the official chart does not name the ports that an exposure opens (tracing.delivery is helm)",
            fix: fixCommand(["tracing", "delivery"], "manifests"),
          },
        ]),
  ];
}
