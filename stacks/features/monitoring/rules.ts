import { type ConfigProblem, fixCommand } from "../../config-problem.ts";
import type { MonitoringConfig } from "./schema.ts";

/** `own` are the namespaces that the platform makes. */
export function monitoringProblems(
  { namespace, podLabels }: MonitoringConfig,
  own: readonly string[],
): ConfigProblem[] {
  if (namespace !== undefined && own.includes(namespace)) {
    const path = ["monitoring", "namespace"];
    const reason = "is a namespace of the platform, whose own pods such labels could mean";
    return [{ path, value: namespace, reason, fix: fixCommand(path) }];
  }
  if (namespace === undefined && podLabels.length > 0) {
    const path = ["monitoring", "namespace"];
    return [{ path, reason: "is required: labels alone name no pods", fix: fixCommand(path) }];
  }
  if (namespace !== undefined && podLabels.length === 0) {
    const path = ["monitoring", "podLabels"];
    const reason = "is required: without labels every pod of the namespace would be admitted";
    return [{ path, reason, fix: fixCommand([...path, 0]) }];
  }
  return [];
}
