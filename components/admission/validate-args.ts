import type { ArgumentProblem } from "../core/invalid-args.ts";
import { LABEL } from "../core/names.ts";
import type { AdmissionArgs } from "./args.ts";

export function validateAdmissionArgs({ queues }: Pick<AdmissionArgs, "queues">): ArgumentProblem[] {
  return Object.entries(queues).flatMap(([namespace, names]) => {
    const propertyPath = `queues["${namespace}"]`;
    return [
      ...(LABEL.test(namespace) ? [] : [{ propertyPath, reason: "is not a valid name of a namespace" }]),
      // An empty name would admit objects without the label.
      ...names.flatMap((name, index) =>
        LABEL.test(name)
          ? []
          : [{ propertyPath: `${propertyPath}[${index}]`, reason: "is not a valid name of a queue" }],
      ),
    ];
  });
}
