import type { WorkloadArgs } from "./args.ts";
import { claimTemplates, renderClaimTemplates } from "./mounts.ts";

/** Old versions that a roll-back can go to. */
const REVISIONS = 3;

/** The headless Service of a StatefulSet: `<application>-0.<this name>` is the address of its first pod. */
export function headlessName(application: string): string {
  return `${application}-headless`;
}

/** Whether there is, or may come to be, more than one pod. */
export function runsSeveral({ replicas = 1, autoscale }: WorkloadArgs): boolean {
  return replicas > 1 || autoscale !== undefined;
}

/** Each container port under its own number and name: what policies and callers name is the same. */
export function renderServicePorts(ports: Readonly<Record<string, number>>) {
  return Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: name, protocol: "TCP" }));
}

/** What a Deployment says besides its selector and its template. */
export function renderDeploymentSpec(args: WorkloadArgs) {
  return {
    // An autoscaler owns the number: declared here too, every update would set it back.
    ...(args.autoscale === undefined ? { replicas: args.replicas ?? 1 } : {}),
    ...minReady(args),
    revisionHistoryLimit: REVISIONS,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  };
}

/** What a StatefulSet says besides its selector and its template. */
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

/** What a HorizontalPodAutoscaler of a Deployment says. */
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
