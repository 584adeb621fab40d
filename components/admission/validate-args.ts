import type { ArgumentProblem } from "../core/invalid-args.ts";
import { LABEL } from "../core/names.ts";
import type { AdmissionArgs } from "./args.ts";

/** What is wrong with the arguments; nothing when they fit. */
export function validateAdmissionArgs({ queues }: Pick<AdmissionArgs, "queues">): ArgumentProblem[] {
  return Object.entries(queues).flatMap(([namespace, names]) => {
    const propertyPath = `queues["${namespace}"]`;
    return [
      ...(LABEL.test(namespace) ? [] : [{ propertyPath, reason: "is no namespace" }]),
      // An empty name would let through what has no label.
      ...names.flatMap((name, index) =>
        LABEL.test(name)
          ? []
          : [{ propertyPath: `${propertyPath}[${index}]`, reason: "is no name of a queue" }],
      ),
    ];
  });
}
