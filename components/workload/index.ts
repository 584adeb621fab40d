import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { objectLabels, workloadLabels } from "../labels.ts";
import { TOKENS } from "../tokens.ts";
import { type PodArgs, renderPodTemplate } from "./render-pod.ts";

/** Arguments of {@link Workload}. */
export interface WorkloadArgs {
  /** Names the controller and the Service. */
  readonly application: string;
  readonly role: string;
  readonly namespace: string;
  /** A StatefulSet stops the old pod before it starts the new one, as a volume with one writer needs. */
  readonly controller: "Deployment" | "StatefulSet";
  /** @default 1 */
  readonly replicas?: number;
  /** A server has probes. */
  readonly pod: PodArgs & Required<Pick<PodArgs, "ports" | "probes">>;
}

/** A server: hardened pods under a controller, a Service, and a disruption budget when there is more than one pod. */
export class Workload extends pulumi.ComponentResource {
  constructor(name: string, args: WorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TOKENS.Workload, name, {}, opts);

    const replicas = args.replicas ?? 1;
    const { namespace } = args;
    const metadata = { name: args.application, namespace, labels: objectLabels(args.application, args.role) };
    const selector = { matchLabels: workloadLabels(args.application, args.role) };
    const template = renderPodTemplate(args, args.pod, { restartPolicy: "Always", spread: replicas > 1 });

    const service = new kubernetes.core.v1.Service(
      `${name}-service`,
      {
        metadata,
        spec: {
          type: "ClusterIP",
          selector: selector.matchLabels,
          ports: Object.entries(args.pod.ports).map(([portName, port]) => ({
            name: portName,
            port,
            targetPort: portName,
            protocol: "TCP",
          })),
        },
      },
      { parent: this },
    );

    if (args.controller === "Deployment") {
      new kubernetes.apps.v1.Deployment(
        `${name}-deployment`,
        {
          metadata,
          spec: {
            replicas,
            selector,
            template,
            revisionHistoryLimit: 3,
            strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          },
        },
        { parent: this },
      );
    } else {
      new kubernetes.apps.v1.StatefulSet(
        `${name}-statefulset`,
        {
          metadata,
          spec: { replicas, selector, template, revisionHistoryLimit: 3, serviceName: args.application },
        },
        { parent: this },
      );
    }

    if (replicas > 1) {
      new kubernetes.policy.v1.PodDisruptionBudget(
        `${name}-disruption-budget`,
        {
          metadata,
          // A broken pod must not keep a node from being drained.
          spec: { selector, maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" },
        },
        { parent: this },
      );
    }
    this.registerOutputs({ service: service.metadata.name });
  }
}
