import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { objectLabels } from "../labels.ts";
import { TOKENS } from "../tokens.ts";
import { type PodArgs, renderPodTemplate } from "./render-pod.ts";

/** Arguments of {@link Job}. */
export interface JobArgs {
  readonly application: string;
  readonly role: string;
  readonly namespace: string;
  readonly pod: PodArgs;
  /** The Job fails if it has not succeeded by then, including retries. */
  readonly deadlineSeconds: number;
}

/**
 * A task that runs to completion once per version of its pod. Jobs are immutable, so a change of image, command or
 * configuration creates a Job with a new name. The task must be idempotent.
 */
export class Job extends pulumi.ComponentResource {
  constructor(name: string, args: JobArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TOKENS.Job, name, {}, opts);
    new kubernetes.batch.v1.Job(
      `${name}-job`,
      {
        metadata: { namespace: args.namespace, labels: objectLabels(args.application, args.role) },
        spec: {
          // No ttlSecondsAfterFinished: Pulumi would see the deleted Job as drift
          // (docs/references.md#litellm-chart).
          backoffLimit: 6,
          activeDeadlineSeconds: args.deadlineSeconds,
          template: renderPodTemplate(args, args.pod, { restartPolicy: "Never", spread: false }),
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
