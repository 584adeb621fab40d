import type { Input } from "@pulumi/pulumi";
import { objectLabels } from "../core/labels.ts";
import { type PodArgs, renderPodTemplate } from "../core/workload/render-pod.ts";
import { PHOENIX, PHOENIX_GRPC_PORT, PHOENIX_PORT } from "./endpoints.ts";

/** Inputs of the chart values. */
export interface ChartInputs {
  readonly pod: PodArgs;
  /** Name of a service account without a token: the chart cannot disable the token of its own account. */
  readonly serviceAccount: Input<string>;
}

/** The registry of a reference without a registry. */
const DEFAULT_REGISTRY = "docker.io";
/** Logs count as well. A kubelet keeps five files of 10 MiB. */
const LOGS_MI = 64;

/**
 * Values for the official chart `phoenix-helm`. They are rendered from the same pod as the platform's manifests.
 * Source of the keys: helm/values.yaml of 12.0.4 in Arize-ai/phoenix; test/fixtures/phoenix-helm-keys.yaml lists
 * them.
 */
export function renderValues({ pod, serviceAccount }: ChartInputs) {
  const { spec } = renderPodTemplate({ application: PHOENIX, role: "server" }, pod, {
    restartPolicy: "Always",
    spread: false,
  });
  const [container] = spec.containers;
  if (container === undefined) throw new Error("a pod without a container");
  return {
    replicaCount: 1,
    image: { ...imageOf(pod), pullPolicy: "IfNotPresent" },
    deployment: {
      // The old pod ends before the new one starts: each migrates the database, and Phoenix does not lock it. Null removes
      // the chart's `rollingUpdate`, which Kubernetes rejects here.
      strategy: { type: "Recreate", rollingUpdate: null },
      podLabels: objectLabels(PHOENIX, "server"),
      terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
    },
    serviceAccount: { create: false, name: serviceAccount },
    securityContext: {
      pod: { enabled: true, ...spec.securityContext },
      // With a read-only root file system the chart mounts /tmp.
      // The user is that of the pod: the chart's default for the container would override it.
      container: { enabled: true, ...container.securityContext, runAsUser: pod.uid, runAsGroup: pod.uid },
    },
    // The chart's default CPU limit would throttle the pod. A default can be raised, but not removed.
    // Its scratch volumes have no size, so one limit bounds them all.
    resources: {
      ...container.resources,
      limits: {
        ...container.resources.limits,
        cpu: "8",
        "ephemeral-storage": `${scratchMi(pod) + LOGS_MI}Mi`,
      },
    },
    healthChecks: {
      startupProbe: { enabled: true, ...timesOf(container.startupProbe) },
      readinessProbe: timesOf(container.readinessProbe),
      livenessProbe: timesOf(container.livenessProbe),
    },
    server: { host: "0.0.0.0", port: PHOENIX_PORT, grpcPort: PHOENIX_GRPC_PORT },
    // The chart's own Secret would get new values at each rendering, and the password "admin"
    // (docs/references.md#phoenix-chart).
    auth: {
      createSecret: false,
      secret: container.env.flatMap((variable) =>
        "valueFrom" in variable ? [{ key: variable.name, valueFrom: variable.valueFrom }] : [],
      ),
    },
    // The ConfigMap of the chart sets some of these variables as well. The environment takes precedence.
    additionalEnv: container.env.filter((variable) => "value" in variable),
    // The platform provides database, network policies and exposure. The chart's default is a NodePort.
    postgresql: { enabled: false },
    persistence: { enabled: false },
    ingress: { enabled: false },
    service: { type: "ClusterIP" },
  };
}

/** The writable directories of the pod, together. */
function scratchMi({ mounts = {} }: PodArgs): number {
  return Object.values(mounts).reduce(
    (sum, mount) => sum + ("emptyDir" in mount ? mount.emptyDir.sizeLimitMi : 0),
    0,
  );
}

/** The chart joins the parts with slashes and a colon, so the digest is part of the tag. */
function imageOf({ image: { repository, tag, digest } }: PodArgs) {
  const [host = "", ...path] = repository.split("/");
  const hasHost = path.length > 0 && /[.:]|^localhost$/.test(host);
  return {
    registry: hasHost ? host : DEFAULT_REGISTRY,
    repository: hasHost ? path.join("/") : repository,
    tag: digest === undefined ? tag : `${tag}@${digest}`,
  };
}

/** The chart sets the same probe requests itself. Only the timing is configurable. */
function timesOf(
  probe:
    | { readonly periodSeconds: number; readonly timeoutSeconds: number; readonly failureThreshold: number }
    | undefined,
) {
  if (probe === undefined) throw new Error("a server without probes");
  const { periodSeconds, timeoutSeconds, failureThreshold } = probe;
  return { periodSeconds, timeoutSeconds, failureThreshold };
}
