import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stopped } from "../../../components/core/errors.ts";
import { fixCommand } from "../../config-problem.ts";
import type { Enforcement, NetworkConfig } from "./schema.ts";
import { type Enforcer, ENFORCERS, type Place, type Verdict } from "./enforcers.ts";

/** The part of a stack's configuration that this feature reads. */
export interface EnforcementConfigPart {
  readonly profile: "dev" | "prod";
  readonly network: NetworkConfig;
}

/**
 * Reads the configured enforcer from the cluster, also in previews, and checks it. A missing enforcer stops the program.
 * In prod, a plugin that does not enforce also stops it. In dev, or if the enforcement is unknown, there is a warning.
 *
 * @returns what all other resources wait for, or nothing if no enforcer is read
 */
export function checkEnforcer(
  config: EnforcementConfigPart,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<pulumi.Resource>[] {
  const { enforcer, probe } = config.network;
  if (!isNamed(enforcer)) {
    if (enforcer === "unknown" && !probe) warn("network.enforcer is not set and network.probe is off");
    return [];
  }
  const { daemonSet: place, configMap, judge }: Enforcer = ENFORCERS[enforcer];
  // The name of the plugin is in the resource's name, because another plugin is another object.
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

/** @throws pulumi.RunError in prod, unless network policies are enforced or a probe will test them. */
function act({ enforced, reason }: Verdict, { profile, network }: EnforcementConfigPart): void {
  if (enforced === "yes" || (enforced === "unknown" && network.probe)) return;
  if (profile !== "prod") {
    warn(reason);
    return;
  }
  const otherwise =
    enforced === "unknown"
      ? `to test the enforcement: ${fixCommand(["network", "probe"], "true")}`
      : `enable it, or set another: ${fixCommand(["network", "enforcer"])}`;
  throw stopped(
    `the cluster does not enforce the stack's network policies: ${reason}\n    fix: ${otherwise}`,
  );
}

function warn(reason: string): void {
  void pulumi.log.warn(
    `network policies may not be enforced: ${reason}. Any pod in the cluster may then be able to connect to every service. ` +
      `To test the enforcement: ${fixCommand(["network", "probe"], "true")}`,
  );
}

function isNamed(enforcer: Enforcement): enforcer is keyof typeof ENFORCERS {
  return enforcer in ENFORCERS;
}

function idOf({ namespace, name }: Place): string {
  return `${namespace}/${name}`;
}
