import { type ConfigProblem, fixCommand, removeCommand } from "../config-problem.ts";
import type { InferenceConfig, MonitoringConfig, NetworkConfig } from "./isolation-schema.ts";

/** What these rules look at. */
export interface IsolationSurroundings {
  readonly profile: "dev" | "prod";
  readonly features: { readonly gateway: boolean };
  readonly inference: InferenceConfig;
  readonly monitoring: MonitoringConfig;
  readonly network: NetworkConfig;
}

/** What is wrong between the keys; `own` are the namespaces that the platform makes. */
export function isolationProblems(config: IsolationSurroundings, own: readonly string[]): ConfigProblem[] {
  return [
    ...inferenceProblems(config, own),
    ...monitoringProblems(config.monitoring, own),
    ...enforcementProblems(config),
  ];
}

function inferenceProblems(
  { features, inference }: IsolationSurroundings,
  own: readonly string[],
): ConfigProblem[] {
  const off =
    features.gateway || inference.length === 0
      ? []
      : [
          {
            path: ["features", "gateway"],
            value: false,
            reason: "inference names servers that only the gateway may ask",
            fix: `${fixCommand(["features", "gateway"], "true")}  (or: ${removeCommand(["inference"])})`,
          },
        ];
  return [
    ...off,
    ...inference.flatMap(({ namespace }, index) =>
      own.includes(namespace)
        ? [
            {
              path: ["inference", index, "namespace"],
              value: namespace,
              reason: "is a namespace of the platform, where nobody is let in but whom an edge names",
              fix: fixCommand(["inference", index, "namespace"]),
            },
          ]
        : [],
    ),
  ];
}

function monitoringProblems(
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
    const reason = "is required: whoever else runs in the namespace would be let in, too";
    return [{ path, reason, fix: fixCommand([...path, 0]) }];
  }
  return [];
}

/** Policies without an enforcer have no effect. In prod the enforcement must have been verified. */
function enforcementProblems({ profile, network }: IsolationSurroundings): ConfigProblem[] {
  const { enforcer, probe } = network;
  const confirm = fixCommand(["network", "enforcer"], "confirmed");
  const tried = fixCommand(["network", "probe"], "true");
  if (enforcer === "simulated" && probe) {
    return [
      {
        path: ["network", "probe"],
        value: true,
        reason: "pods that do not really run connect to nothing: the probe would find every border closed",
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
        "in prod somebody says who enforces network policies in the cluster, or has it tried: a cluster takes them and shows them even if nobody does",
      fix: `${tried}  (or, who has seen it: ${confirm}; kubectl get daemonsets,configmaps -A -o json | node stacks/detect-enforcer.ts tells)`,
    },
  ];
}
