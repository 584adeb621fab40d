import type { ArgumentProblem } from "../invalid-args.ts";
import { NAMESPACE_ROLE, objectLabels } from "../labels.ts";
import type { NamespaceArgs } from "./args.ts";
import { POD_SECURITY } from "./render-metadata.ts";

/** Problems with the arguments of a namespace; empty if they are valid. */
export function validateNamespaceArgs({
  namespace,
  labels = {},
  podSecurity,
}: NamespaceArgs): ArgumentProblem[] {
  const own = [...Object.keys(objectLabels(namespace)), NAMESPACE_ROLE];
  return [
    ...Object.keys(labels)
      .filter((label) => own.includes(label) || label.startsWith(POD_SECURITY))
      .map((label) => ({
        propertyPath: `labels["${label}"]`,
        reason: "is a label that the component sets",
      })),
    ...(podSecurity === undefined || podSecurity.reason.trim() !== ""
      ? []
      : [
          {
            propertyPath: "podSecurity.reason",
            reason: "is required: it documents the exception on the namespace",
          },
        ]),
  ];
}
