import { type ConfigProblem, fixCommand } from "../config-problem.ts";
import type { Config } from "../feature.ts";
import type { KubeContexts } from "../kubeconfig.ts";

export function contextProblems(config: Config, contexts: KubeContexts): ConfigProblem[] {
  if (config.context === undefined) {
    const ambient =
      contexts.current === undefined
        ? `${contexts.source} has no current context either`
        : `kubectl would use "${contexts.current}" of ${contexts.source}, but a stack must name its cluster`;
    return [
      {
        path: ["context"],
        reason: `no cluster is named: ${ambient}`,
        fix: fixCommand(["context"], contexts.current ?? "<context>"),
      },
    ];
  }
  if (contexts.names.includes(config.context)) return [];
  return [
    {
      path: ["context"],
      value: config.context,
      reason: `no such context in ${contexts.source} (it has: ${contexts.names.join(", ") || "none"})`,
      fix: fixCommand(["context"], contexts.names[0] ?? "<context>"),
    },
  ];
}
