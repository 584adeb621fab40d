import type { PropertyMap } from "../../shared/property-values.ts";
import { annotation, isSet } from "../annotations.ts";
import { inputKind } from "../replacement.ts";
import { jobRule } from "./job.ts";
import { ingressRule, serviceRule } from "./network.ts";
import { definitionRule, quotaRule, secretRule } from "./others.ts";
import { podRule } from "./pods.ts";
import type { Rule } from "./rule.ts";
import { claimRule, volumeRule } from "./storage.ts";
import { waitForRule } from "./wait-for.ts";
import { daemonSetRule, deploymentRule, replicationControllerRule, statefulSetRule } from "./workloads.ts";

/** Other kinds are ready when the API server has stored them, as in the official provider. */
const RULES: Readonly<Record<string, Rule>> = {
  "/PersistentVolume": volumeRule,
  "/PersistentVolumeClaim": claimRule,
  "/Pod": podRule,
  "/ReplicationController": replicationControllerRule,
  "/ResourceQuota": quotaRule,
  "/Secret": secretRule,
  "/Service": serviceRule,
  "apiextensions.k8s.io/CustomResourceDefinition": definitionRule,
  "apps/DaemonSet": daemonSetRule,
  "apps/Deployment": deploymentRule,
  "apps/StatefulSet": statefulSetRule,
  "batch/Job": jobRule,
  "networking.k8s.io/Ingress": ingressRule,
};

/** What to wait for after a write. Annotations take precedence. */
export function ruleFor(inputs: PropertyMap): Rule | undefined {
  if (isSet(inputs, "skipAwait")) return undefined;
  const waitFor = annotation(inputs, "waitFor");
  return waitFor === undefined ? RULES[inputKind(inputs)] : waitForRule(waitFor);
}
