import type { ArgumentProblem } from "../core/invalid-args.ts";
import type { AdmissionArgs } from "./args.ts";

/** A Kubernetes name (RFC 1123 label): of a namespace, and, of a LocalQueue, what fits into a label. */
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

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
