import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { refuseArguments } from "../invalid-args.ts";
import { objectLabels, workloadLabels } from "../labels.ts";
import { TOKENS } from "../tokens.ts";
import type { WorkloadArgs } from "./args.ts";
import { EXPOSED_PORT } from "./exposure.ts";
import { expose } from "./expose.ts";
import { containerPorts, renderPodTemplate } from "./render-pod.ts";
import {
  headlessName,
  renderAutoscaler,
  renderDeploymentSpec,
  renderServicePorts,
  renderStatefulSetSpec,
  runsSeveral,
} from "./render-workload.ts";
import { validateWorkloadArgs } from "./validate-args.ts";

/** A server: hardened pods with a controller, a Service, and a disruption budget if there is more than one pod. */
export class Workload extends pulumi.ComponentResource {
  constructor(name: string, args: WorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`Workload "${name}"`, validateWorkloadArgs(args));
    super(TOKENS.Workload, name, {}, opts);

    const { namespace } = args;
    const labels = objectLabels(args.application, args.role);
    const metadata = { name: args.application, namespace, labels };
    const selector = { matchLabels: workloadLabels(args.application, args.role) };
    const several = runsSeveral(args);
    const template = renderPodTemplate(args, args.pod, { restartPolicy: "Always", spread: several });

    const service = new kubernetes.core.v1.Service(
      `${name}-service`,
      {
        metadata,
        spec: {
          type: "ClusterIP",
          selector: selector.matchLabels,
          ports: renderServicePorts(args.pod.ports),
        },
      },
      { parent: this },
    );
    if (args.headless === true) {
      new kubernetes.core.v1.Service(
        `${name}-headless-service`,
        {
          metadata: { ...metadata, name: headlessName(args.application) },
          spec: {
            type: "ClusterIP",
            clusterIP: "None",
            publishNotReadyAddresses: true,
            selector: selector.matchLabels,
            ports: renderServicePorts(containerPorts(args.pod)),
          },
        },
        { parent: this },
      );
    }

    if (args.controller === "Deployment") {
      new kubernetes.apps.v1.Deployment(
        `${name}-deployment`,
        { metadata, spec: { ...renderDeploymentSpec(args), selector, template } },
        { parent: this },
      );
    } else {
      new kubernetes.apps.v1.StatefulSet(
        `${name}-statefulset`,
        { metadata, spec: { ...renderStatefulSetSpec(args), selector, template } },
        { parent: this },
      );
    }

    if (args.autoscale !== undefined) {
      new kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
        `${name}-autoscaler`,
        { metadata, spec: renderAutoscaler(args.application, args.replicas ?? 1, args.autoscale) },
        { parent: this },
      );
    }
    if (several) {
      new kubernetes.policy.v1.PodDisruptionBudget(
        `${name}-disruption-budget`,
        {
          metadata,
          // A broken pod must not block the drain of its node.
          spec: {
            selector,
            maxUnavailable: args.podDisruption?.maxUnavailable ?? 1,
            unhealthyPodEvictionPolicy: "AlwaysAllow",
          },
        },
        { parent: this },
      );
    }
    expose(
      name,
      { ...args, service: args.application, port: args.pod.ports[EXPOSED_PORT] ?? 0 },
      args.exposure ?? { kind: "none" },
      { parent: this },
    );
    this.registerOutputs({ service: service.metadata.name });
  }
}
