import { type ConfigProblem, fixCommand } from "../../config-problem.ts";
import type { MonitoringConfig } from "./schema.ts";

/** @param own the namespaces that the platform creates */
export function monitoringProblems(
  { namespace, podLabels }: MonitoringConfig,
  own: readonly string[],
): ConfigProblem[] {
  if (namespace !== undefined && own.includes(namespace)) {
    const path = ["monitoring", "namespace"];
    const reason = "is a namespace of the platform, so the labels could match the platform's own pods";
    return [{ path, value: namespace, reason, fix: fixCommand(path) }];
  }
  if (namespace === undefined && podLabels.length > 0) {
    const path = ["monitoring", "namespace"];
    return [
      { path, reason: "is required: labels without a namespace select no pods", fix: fixCommand(path) },
    ];
  }
  if (namespace !== undefined && podLabels.length === 0) {
    const path = ["monitoring", "podLabels"];
    const reason = "is required: without labels every pod of the namespace would be admitted";
    return [{ path, reason, fix: fixCommand([...path, 0]) }];
  }
  return [];
}
