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
  /** The Job fails when it has not succeeded by then, retries included. */
  readonly deadlineSeconds: number;
}

/**
 * A task that runs to its end once for each version of its pod: any change of image, command or configuration makes a
 * new Job with a new name (Jobs are immutable), so the task has to be idempotent.
 */
export class Job extends pulumi.ComponentResource {
  constructor(name: string, args: JobArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TOKENS.Job, name, {}, opts);
    new kubernetes.batch.v1.Job(
      `${name}-job`,
      {
        metadata: { namespace: args.namespace, labels: objectLabels(args.application, args.role) },
        spec: {
          // No ttlSecondsAfterFinished: a Job that deletes itself would be drift (apps.md §2.3).
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
