import type { Input } from "@pulumi/pulumi";
import { objectLabels } from "../core/labels.ts";
import { type PodArgs, renderPodTemplate } from "../core/workload/render-pod.ts";
import { PHOENIX, PHOENIX_GRPC_PORT, PHOENIX_PORT } from "./endpoints.ts";

/** What the official chart is told. */
export interface ChartInputs {
  readonly pod: PodArgs;
  /** Name of an account without a token: the chart cannot turn that of its own off (S0.29). */
  readonly serviceAccount: Input<string>;
}

/** The registry of a reference that names none. */
const DEFAULT_REGISTRY = "docker.io";

/**
 * Values for the official chart `phoenix-helm`, so that its pod is that of our own manifests: rendered from the same pod.
 * Source of the keys: Arize-ai/phoenix, helm/values.yaml of 12.0.4; test/fixtures/phoenix-helm-keys.yaml lists them.
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
      // The old pod goes first: each migrates the database when it starts, and Phoenix takes no lock for it.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      podLabels: objectLabels(PHOENIX, "server"),
      terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
    },
    serviceAccount: { create: false, name: serviceAccount },
    securityContext: {
      pod: { enabled: true, ...spec.securityContext },
      // With a read-only root the chart itself mounts /tmp.
      container: { enabled: true, ...container.securityContext },
    },
    // The chart's own limit would throttle it; a default can be raised, and not be taken away.
    resources: { ...container.resources, limits: { ...container.resources.limits, cpu: "8" } },
    healthChecks: {
      startupProbe: { enabled: true, ...timesOf(container.startupProbe) },
      readinessProbe: timesOf(container.readinessProbe),
      livenessProbe: timesOf(container.livenessProbe),
    },
    server: { host: "0.0.0.0", port: PHOENIX_PORT, grpcPort: PHOENIX_GRPC_PORT },
    // A Secret of the chart's would get new values whenever it is rendered, and "admin" as a password (apps.md §3).
    auth: {
      createSecret: false,
      secret: container.env.flatMap((variable) =>
        "valueFrom" in variable ? [{ key: variable.name, valueFrom: variable.valueFrom }] : [],
      ),
    },
    // The chart's ConfigMap says some of these, too: what stands in the environment counts.
    additionalEnv: container.env.filter((variable) => "value" in variable),
    // The platform's own database, network policies and exposure; a NodePort is the chart's default.
    postgresql: { enabled: false },
    persistence: { enabled: false },
    ingress: { enabled: false },
    service: { type: "ClusterIP" },
  };
}

/** The chart puts slashes and a colon between the parts, so the digest travels with the tag. */
function imageOf({ image: { repository, tag, digest } }: PodArgs) {
  const [host = "", ...path] = repository.split("/");
  const hasHost = path.length > 0 && /[.:]|^localhost$/.test(host);
  return {
    registry: hasHost ? host : DEFAULT_REGISTRY,
    repository: hasHost ? path.join("/") : repository,
    tag: digest === undefined ? tag : `${tag}@${digest}`,
  };
}

/** The chart sets the question of a probe itself: the same ones. */
function timesOf(
  probe:
    | { readonly periodSeconds: number; readonly timeoutSeconds: number; readonly failureThreshold: number }
    | undefined,
) {
  if (probe === undefined) throw new Error("a server without probes");
  const { periodSeconds, timeoutSeconds, failureThreshold } = probe;
  return { periodSeconds, timeoutSeconds, failureThreshold };
}
