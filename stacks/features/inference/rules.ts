import { type ConfigProblem, fixCommand, removeCommand } from "../../config-problem.ts";
import type { InferenceConfig } from "./schema.ts";

/** @param own the namespaces that the platform creates */
export function inferenceProblems(
  {
    features,
    inference,
  }: { readonly features: { readonly gateway: boolean }; readonly inference: InferenceConfig },
  own: readonly string[],
): ConfigProblem[] {
  const off =
    features.gateway || inference.length === 0
      ? []
      : [
          {
            path: ["features", "gateway"],
            value: false,
            reason: "only the gateway can connect to the servers in inference",
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
              reason: "is a namespace of the platform, which admits only declared connections",
              fix: fixCommand(["inference", index, "namespace"]),
            },
          ]
        : [],
    ),
  ];
}
