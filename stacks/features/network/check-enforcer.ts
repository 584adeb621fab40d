import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { fixCommand } from "../../config-problem.ts";
import type { Enforcement, NetworkConfig } from "./schema.ts";
import { type Enforcer, ENFORCERS, type Place, type Verdict } from "./enforcers.ts";

/** What this feature reads of a stack's configuration. */
export interface EnforcementConfigPart {
  readonly profile: "dev" | "prod";
  readonly network: NetworkConfig;
}

/**
 * Reads what the stack names as its enforcer from the cluster, in previews too, and judges it. What is not there stops the
 * program, as does in prod what does not enforce; in dev, and where nobody knows, it is said.
 *
 * @returns what everything else waits for; nothing when nothing is read
 */
export function checkEnforcer(
  config: EnforcementConfigPart,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<pulumi.Resource>[] {
  const { enforcer, probe } = config.network;
  if (!isNamed(enforcer)) {
    if (enforcer === "unknown" && !probe) warn("nobody has said who enforces them, or had it tried");
    return [];
  }
  const { daemonSet: place, configMap, judge }: Enforcer = ENFORCERS[enforcer];
  // The name of the plugin is in the resource's name: another plugin is another object, and not a change of this one.
  const daemonSet = kubernetes.apps.v1.DaemonSet.get(`network-enforcer-${enforcer}`, idOf(place), opts);
  const settings =
    configMap === undefined
      ? pulumi.output({})
      : kubernetes.core.v1.ConfigMap.get(`network-enforcer-${enforcer}-settings`, idOf(configMap), opts).data;
  const containers = daemonSet.spec.template.spec.containers;
  return [
    pulumi.all([containers, settings]).apply(([found, data]) => {
      act(judge({ containers: found, settings: data }), config);
      return daemonSet;
    }),
  ];
}

/** @throws pulumi.RunError in prod, unless the borders hold or a probe is going to tell. */
function act({ enforced, reason }: Verdict, { profile, network }: EnforcementConfigPart): void {
  if (enforced === "yes" || (enforced === "unknown" && network.probe)) return;
  if (profile !== "prod") {
    warn(reason);
    return;
  }
  const otherwise =
    enforced === "unknown"
      ? `have it tried: ${fixCommand(["network", "probe"], "true")}`
      : `switch it on, or name another: ${fixCommand(["network", "enforcer"])}`;
  throw new pulumi.RunError(
    `the cluster does not enforce the stack's network policies: ${reason}\n    fix: ${otherwise}`,
  );
}

function warn(reason: string): void {
  void pulumi.log.warn(
    `network policies may not be enforced: ${reason}. Whoever runs a pod in the cluster may then reach every service. ` +
      `To have it tried: ${fixCommand(["network", "probe"], "true")}`,
  );
}

function isNamed(enforcer: Enforcement): enforcer is keyof typeof ENFORCERS {
  return enforcer in ENFORCERS;
}

function idOf({ namespace, name }: Place): string {
  return `${namespace}/${name}`;
}
