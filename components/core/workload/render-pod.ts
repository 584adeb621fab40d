import type { Input } from "@pulumi/pulumi";
import type { SecretRef } from "../connection.ts";
import { type Image, imageReference } from "../images.ts";
import { objectLabels } from "../labels.ts";
import { sortedEntries } from "../sorted.ts";
import { type Mounts, renderVolumeMounts, renderVolumes } from "./mounts.ts";

/** How the kubelet checks a container. */
export type Probe = (
  | { readonly http: { readonly path: string; readonly port: string } }
  | { readonly tcp: { readonly port: string } }
  | { readonly exec: readonly string[] }
) & {
  /** @default 10 */
  readonly periodSeconds?: number;
  /** @default 5 */
  readonly timeoutSeconds?: number;
  /** @default 3 */
  readonly failureThreshold?: number;
};

/** The probes of a server. `startup` bounds the first start; the other two begin after it. */
interface Probes {
  readonly startup: Probe;
  readonly readiness: Probe;
  readonly liveness: Probe;
}

/**
 * What a container requests from a node. No CPU limit: throttling hurts latency, and requests already share CPU
 * fairly.
 */
interface Resources {
  readonly cpuRequestMillicores: number;
  readonly memoryRequestMi: number;
  readonly memoryLimitMi: number;
}

/**
 * The user that a share maps all users to. Every file belongs to that user, and neither `chown` nor `fsGroup` can
 * change it (docs/references.md#squashed-shares).
 */
export interface Squash {
  readonly uid: number;
  readonly gid: number;
}

/** A pod with one container, as an application describes it. */
export interface PodArgs {
  readonly image: Image;
  /** Numeric user and group of the process and of its files in volumes. Never 0. */
  readonly uid: number;
  /**
   * For volumes on a share that squashes all users: the process runs as their owner instead of as `uid`.
   * @default none
   */
  readonly squash?: Squash;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  /**
   * Plain environment variables. A value can refer to a secret variable as `$(NAME)`, because secret variables come
   * first (docs/references.md#pod-environment).
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Environment variables from Secrets. */
  readonly secretEnv?: Readonly<Record<string, SecretRef>>;
  /** Environment variables from fields of the pod, by path: `{ POD_NAME: "metadata.name" }`. They come first. */
  readonly podFieldEnv?: Readonly<Record<string, string>>;
  /** TCP container ports by name. The Service of a Workload publishes them. */
  readonly ports?: Readonly<Record<string, number>>;
  /** TCP container ports that only the headless Service publishes: for metrics, or between the pods. */
  readonly podPorts?: Readonly<Record<string, number>>;
  readonly probes?: Probes;
  readonly resources: Resources;
  /** Mounts by absolute path. */
  readonly mounts?: Mounts;
  /** @default 30 */
  readonly terminationGracePeriodSeconds?: number;
  /**
   * How long a terminating pod keeps serving before its process gets the signal, so that callers stop using it.
   * Part of the grace period.
   * @default 0
   */
  readonly preStopSleepSeconds?: number;
  /** @default none */
  readonly podAnnotations?: Readonly<Record<string, Input<string>>>;
}

/** Namespace and labels of a pod. */
export interface PodIdentity {
  readonly application: string;
  readonly role: string;
}

/** How a controller runs the pod. */
export interface PodPlacement {
  /** `Never` for Jobs, so that failed pods and their logs stay. */
  readonly restartPolicy: "Always" | "Never";
  /** Whether to spread the pods over nodes and zones. */
  readonly spread: boolean;
}

/**
 * A pod template that satisfies more than Pod Security `restricted`: non-root, no privilege escalation, no
 * capabilities, seccomp RuntimeDefault, read-only root file system, no service account token, no Service
 * environment variables.
 */
export function renderPodTemplate(identity: PodIdentity, pod: PodArgs, placement: PodPlacement) {
  const labels = objectLabels(identity.application, identity.role);
  const mounts = pod.mounts ?? {};
  return {
    metadata: { labels, ...(pod.podAnnotations ? { annotations: pod.podAnnotations } : {}) },
    spec: {
      automountServiceAccountToken: false,
      // Otherwise every Service of the namespace becomes an environment variable, and LITELLM_PORT=tcp://… breaks
      // programs.
      enableServiceLinks: false,
      restartPolicy: placement.restartPolicy,
      terminationGracePeriodSeconds: pod.terminationGracePeriodSeconds ?? 30,
      securityContext: {
        runAsNonRoot: true,
        ...renderUser(pod),
        seccompProfile: { type: "RuntimeDefault" },
      },
      ...(placement.spread ? { topologySpreadConstraints: renderSpread(identity) } : {}),
      containers: [
        {
          name: identity.application,
          image: imageReference(pod.image),
          ...(pod.command ? { command: [...pod.command] } : {}),
          ...(pod.args ? { args: [...pod.args] } : {}),
          ...(pod.workingDir ? { workingDir: pod.workingDir } : {}),
          env: renderEnv(pod),
          ports: Object.entries(containerPorts(pod)).map(([name, containerPort]) => ({
            name,
            containerPort,
            protocol: "TCP",
          })),
          ...(pod.probes
            ? {
                startupProbe: renderProbe(pod.probes.startup),
                readinessProbe: renderProbe(pod.probes.readiness),
                livenessProbe: renderProbe(pod.probes.liveness),
              }
            : {}),
          ...(pod.preStopSleepSeconds === undefined
            ? {}
            : { lifecycle: { preStop: { sleep: { seconds: pod.preStopSleepSeconds } } } }),
          resources: {
            requests: {
              cpu: `${pod.resources.cpuRequestMillicores}m`,
              memory: `${pod.resources.memoryRequestMi}Mi`,
            },
            limits: { memory: `${pod.resources.memoryLimitMi}Mi` },
          },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            privileged: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
          },
          volumeMounts: renderVolumeMounts(mounts),
        },
      ],
      volumes: renderVolumes(mounts, { hasFsGroup: pod.squash === undefined }),
    },
  };
}

/** All ports of the container. */
export function containerPorts(pod: Pick<PodArgs, "ports" | "podPorts">): Record<string, number> {
  return { ...pod.ports, ...pod.podPorts };
}

function renderUser({ uid, squash }: PodArgs) {
  if (squash !== undefined) return { runAsUser: squash.uid, runAsGroup: squash.gid };
  return { runAsUser: uid, runAsGroup: uid, fsGroup: uid, fsGroupChangePolicy: "OnRootMismatch" };
}

function renderEnv(pod: PodArgs) {
  const fields = sortedEntries(pod.podFieldEnv ?? {}).map(([name, fieldPath]) => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  }));
  const secret = sortedEntries(pod.secretEnv ?? {}).map(([name, ref]) => ({
    name,
    valueFrom: { secretKeyRef: { name: ref.name, key: ref.key } },
  }));
  const plain = sortedEntries(pod.env ?? {}).map(([name, value]) => ({ name, value }));
  return [...fields, ...secret, ...plain];
}

function renderProbe(probe: Probe) {
  return {
    ...renderQuestion(probe),
    periodSeconds: probe.periodSeconds ?? 10,
    timeoutSeconds: probe.timeoutSeconds ?? 5,
    failureThreshold: probe.failureThreshold ?? 3,
  };
}

function renderQuestion(probe: Probe) {
  if ("http" in probe) return { httpGet: { path: probe.http.path, port: probe.http.port } };
  if ("tcp" in probe) return { tcpSocket: { port: probe.tcp.port } };
  return { exec: { command: [...probe.exec] } };
}

/** Soft constraints: a cluster with one node or zone must still run every replica. */
function renderSpread(identity: PodIdentity) {
  return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: objectLabels(identity.application, identity.role) },
  }));
}
