import { type ConfigProblem, fixCommand, removeCommand } from "../../config-problem.ts";
import type { InferenceConfig } from "./schema.ts";

/** `own` are the namespaces that the platform makes. */
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
              reason: "is a namespace of the platform, which admits only the senders of declared edges",
              fix: fixCommand(["inference", index, "namespace"]),
            },
          ]
        : [],
    ),
  ];
}
