import type { Endpoint } from "../../components/core/network/endpoint.ts";
import { type ConfigPath, type ConfigProblem, fixCommand } from "../config-problem.ts";

/** A user that connects from pods outside the platform. */
export interface PodUser {
  readonly name: string;
  readonly namespace: string;
  /** Label `app.kubernetes.io/name` of its pods. @default its name */
  readonly pods?: string | undefined;
}

/**
 * Users at `path` whose label is also that of the platform's own pods in their namespace. The network policies would also
 * admit those pods.
 */
export function userPodProblems(
  path: ConfigPath,
  users: readonly PodUser[],
  own: readonly Pick<Endpoint, "namespace" | "podLabels">[],
): ConfigProblem[] {
  return users.flatMap(({ name, namespace, pods }, index) => {
    const label = pods ?? name;
    const isOwn = own.some(
      (workload) =>
        workload.namespace === namespace && workload.podLabels["app.kubernetes.io/name"] === label,
    );
    return isOwn
      ? [
          {
            path: [...path, index, "pods"],
            ...(pods === undefined ? {} : { value: pods }),
            reason: `the platform's own pods in ${namespace} have the label app.kubernetes.io/name=${label}, so the network policies would also admit them`,
            fix: fixCommand([...path, index, "pods"], `${label}-client`),
          },
        ]
      : [];
  });
}
