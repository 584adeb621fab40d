import type { WorkloadArgs } from "./args.ts";
import { claimTemplates, renderClaimTemplates } from "./mounts.ts";

/** Old revisions that a rollback can use. */
const REVISIONS = 3;

/** The headless Service of a StatefulSet: `<application>-0.<this name>` is the address of its first pod. */
export function headlessName(application: string): string {
  return `${application}-headless`;
}

/** Whether the workload has, or can get, more than one pod. */
export function runsSeveral({ replicas = 1, autoscale }: WorkloadArgs): boolean {
  return replicas > 1 || autoscale !== undefined;
}

/** Publishes each container port under its own number and name, so that policies and callers use the same. */
export function renderServicePorts(ports: Readonly<Record<string, number>>) {
  return Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: name, protocol: "TCP" }));
}

/** The spec of a Deployment without selector and template. */
export function renderDeploymentSpec(args: WorkloadArgs) {
  return {
    // An autoscaler owns the number. If it were declared here, each update would reset it.
    ...(args.autoscale === undefined ? { replicas: args.replicas ?? 1 } : {}),
    ...minReady(args),
    revisionHistoryLimit: REVISIONS,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  };
}

/** The spec of a StatefulSet without selector and template. */
export function renderStatefulSetSpec(args: WorkloadArgs) {
  const mounts = args.pod.mounts ?? {};
  const templates = claimTemplates(mounts);
  const policy = templates.some(([, { retain }]) => retain === true) ? "Retain" : "Delete";
  return {
    replicas: args.replicas ?? 1,
    ...minReady(args),
    revisionHistoryLimit: REVISIONS,
    serviceName: args.headless === true ? headlessName(args.application) : args.application,
    ...(args.podManagement === undefined ? {} : { podManagementPolicy: args.podManagement }),
    ...(templates.length === 0
      ? {}
      : {
          volumeClaimTemplates: renderClaimTemplates(args.application, args.role, mounts),
          persistentVolumeClaimRetentionPolicy: { whenDeleted: policy, whenScaled: policy },
        }),
  };
}

/** The spec of a HorizontalPodAutoscaler for a Deployment. */
export function renderAutoscaler(
  deployment: string,
  minReplicas: number,
  { maxReplicas, cpuPercent }: NonNullable<WorkloadArgs["autoscale"]>,
) {
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment },
    minReplicas,
    maxReplicas,
    metrics: [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: cpuPercent } },
      },
    ],
  };
}

function minReady({ minReadySeconds }: WorkloadArgs) {
  return minReadySeconds === undefined ? {} : { minReadySeconds };
}
