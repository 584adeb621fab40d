import type { Endpoint } from "../../components/core/network/endpoint.ts";
import { type ConfigPath, type ConfigProblem, fixCommand } from "../config-problem.ts";

/** Somebody who connects from pods that the platform does not make. */
export interface PodUser {
  readonly name: string;
  readonly namespace: string;
  /** Label `app.kubernetes.io/name` of its pods; its own name when left out. */
  readonly pods?: string | undefined;
}

/**
 * Users at `path` whose label is that of the platform's own pods in their namespace: the network policies would let those
 * in as well, and out of what is closed for them.
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
            reason: `the platform's own pods in ${namespace} have the label app.kubernetes.io/name=${label}, and would be let in`,
            fix: fixCommand([...path, index, "pods"], `${label}-client`),
          },
        ]
      : [];
  });
}
