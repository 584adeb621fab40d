import type { Input } from "@pulumi/pulumi";
import type { SecretRef } from "../connection.ts";
import { type Image, imageReference } from "../images.ts";
import { objectLabels } from "../labels.ts";
import { sortedEntries } from "../sorted.ts";

/** How the kubelet asks a container how it is. */
export type Probe = (
  { readonly http: { readonly path: string; readonly port: string } } | { readonly exec: readonly string[] }
) & {
  /** @default 10 */
  readonly periodSeconds?: number;
  /** @default 5 */
  readonly timeoutSeconds?: number;
  /** @default 3 */
  readonly failureThreshold?: number;
};

/** The probes of a server. `startup` bounds the first start; the other two begin after it. */
export interface Probes {
  readonly startup: Probe;
  readonly readiness: Probe;
  readonly liveness: Probe;
}

/** What a container asks of a node. No CPU limit: throttling hurts latency, and requests already share CPU fairly. */
export interface Resources {
  readonly cpuRequestMillicores: number;
  readonly memoryRequestMi: number;
  readonly memoryLimitMi: number;
}

/** A directory that is not part of the read-only root file system. */
export type Mount =
  | {
      /** An empty, writable directory; counts against the memory limit when `inMemory`. */
      readonly emptyDir: { readonly sizeLimitMi: number; readonly inMemory?: boolean };
    }
  | { readonly configMap: { readonly name: Input<string> } }
  | { readonly claim: { readonly name: Input<string> } };

/** A pod of one container, as an application describes it. */
export interface PodArgs {
  readonly image: Image;
  /** Numeric user and group of the process, of its files in volumes too. Never 0. */
  readonly uid: number;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  /** Plain environment. A value may name a secret variable as `$(NAME)`: those come first (S2.31). */
  readonly env?: Readonly<Record<string, string>>;
  /** Environment from Secrets. */
  readonly secretEnv?: Readonly<Record<string, SecretRef>>;
  /** TCP container ports by name. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly probes?: Probes;
  readonly resources: Resources;
  /** Mounts by absolute path. */
  readonly mounts?: Readonly<Record<string, Mount>>;
  /** @default 30 */
  readonly terminationGracePeriodSeconds?: number;
}

/** Where a pod stands: gives it its labels. */
export interface PodIdentity {
  readonly application: string;
  readonly role: string;
}

/** How often, and under which controller, a pod runs. */
export interface PodPlacement {
  /** `Never` for Jobs: failed pods stay, and so do their logs. */
  readonly restartPolicy: "Always" | "Never";
  /** Spreads the pods over nodes and zones where there is more than one. */
  readonly spread: boolean;
}

/**
 * A pod template that satisfies Pod Security `restricted` and more: non-root, no privilege escalation, no capability,
 * seccomp RuntimeDefault, read-only root file system, no service-account token, no Service environment.
 */
export function renderPodTemplate(identity: PodIdentity, pod: PodArgs, placement: PodPlacement) {
  const labels = objectLabels(identity.application, identity.role);
  const mounts = sortedEntries(pod.mounts ?? {});
  return {
    metadata: { labels },
    spec: {
      automountServiceAccountToken: false,
      // Otherwise every Service of the namespace becomes environment, and LITELLM_PORT=tcp://… breaks programs.
      enableServiceLinks: false,
      restartPolicy: placement.restartPolicy,
      terminationGracePeriodSeconds: pod.terminationGracePeriodSeconds ?? 30,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: pod.uid,
        runAsGroup: pod.uid,
        fsGroup: pod.uid,
        fsGroupChangePolicy: "OnRootMismatch",
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
          ports: Object.entries(pod.ports ?? {}).map(([name, containerPort]) => ({
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
          volumeMounts: mounts.map(([mountPath, mount]) => ({
            name: volumeName(mountPath),
            mountPath,
            ...("configMap" in mount ? { readOnly: true } : {}),
          })),
        },
      ],
      volumes: mounts.map(([mountPath, mount]) => ({
        name: volumeName(mountPath),
        ...renderVolumeSource(mount),
      })),
    },
  };
}

function renderEnv(pod: PodArgs) {
  const secret = sortedEntries(pod.secretEnv ?? {}).map(([name, ref]) => ({
    name,
    valueFrom: { secretKeyRef: { name: ref.name, key: ref.key } },
  }));
  const plain = sortedEntries(pod.env ?? {}).map(([name, value]) => ({ name, value }));
  return [...secret, ...plain];
}

function renderProbe(probe: Probe) {
  return {
    ...("http" in probe
      ? { httpGet: { path: probe.http.path, port: probe.http.port } }
      : { exec: { command: [...probe.exec] } }),
    periodSeconds: probe.periodSeconds ?? 10,
    timeoutSeconds: probe.timeoutSeconds ?? 5,
    failureThreshold: probe.failureThreshold ?? 3,
  };
}

function renderVolumeSource(mount: Mount) {
  if ("emptyDir" in mount) {
    return {
      emptyDir: {
        sizeLimit: `${mount.emptyDir.sizeLimitMi}Mi`,
        ...(mount.emptyDir.inMemory === true ? { medium: "Memory" } : {}),
      },
    };
  }
  if ("configMap" in mount) return { configMap: { name: mount.configMap.name } };
  return { persistentVolumeClaim: { claimName: mount.claim.name } };
}

/** Soft constraints: a cluster of one node or one zone must still run every replica. */
function renderSpread(identity: PodIdentity) {
  return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: objectLabels(identity.application, identity.role) },
  }));
}

/** `/var/run/postgresql` -> `var-run-postgresql`. */
function volumeName(mountPath: string): string {
  return mountPath
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
