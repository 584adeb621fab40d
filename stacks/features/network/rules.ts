import { type ConfigProblem, fixCommand } from "../../config-problem.ts";
import type { EnforcementConfigPart } from "./check-enforcer.ts";

/** Policies without an enforcer have no effect. In prod the enforcement must have been verified. */
export function networkProblems({ profile, network }: EnforcementConfigPart): ConfigProblem[] {
  const { enforcer, probe } = network;
  const confirm = fixCommand(["network", "enforcer"], "confirmed");
  const tried = fixCommand(["network", "probe"], "true");
  if (enforcer === "simulated" && probe) {
    return [
      {
        path: ["network", "probe"],
        value: true,
        reason: "simulated pods open no connections, so the probe would find every connection blocked",
        fix: fixCommand(["network", "probe"], "false"),
      },
    ];
  }
  if (profile !== "prod" || enforcer !== "unknown" || probe) return [];
  return [
    {
      path: ["network", "enforcer"],
      value: enforcer,
      reason:
        "prod requires the network plugin that enforces network policies, or a probe: a cluster accepts network policies even if no plugin enforces them",
      fix: `${tried}  (or, if you have verified the enforcement: ${confirm}; to detect the plugin: kubectl get daemonsets,configmaps -A -o json | node stacks/detect-enforcer.ts)`,
    },
  ];
}
