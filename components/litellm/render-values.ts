import type { SecretRef } from "../core/connection.ts";
import { PART_OF, type WorkloadLabels } from "../core/labels.ts";
import { type PodArgs, renderPodTemplate } from "../core/workload/render-pod.ts";
import { LITELLM, LITELLM_PORT, litellmName } from "./endpoints.ts";
import { CONFIG_PATH } from "./pods.ts";

const FILES_VOLUME = "litellm-files";

/** Inputs of the chart values. */
export interface ChartInputs {
  readonly pod: PodArgs;
  /** The labels that network policies select the pods by. */
  readonly podLabels: WorkloadLabels;
  /** The ConfigMap: the configuration file, and other files that LiteLLM reads next to it. */
  readonly config: {
    readonly name: SecretRef["name"];
    readonly key: string;
    readonly files: readonly string[];
  };
  readonly masterKey: SecretRef;
  readonly replicas: number;
  readonly autoscale?: { readonly maxReplicas: number; readonly cpuPercent: number } | undefined;
}

/**
 * Values for the official chart `litellm-helm`. They are rendered from the same pod as the platform's manifests.
 * Source of the keys: helm/litellm-helm/values.yaml in BerriAI/litellm; test/fixtures/litellm-helm-keys.yaml lists
 * them.
 */
export function renderValues({ pod, podLabels, config, masterKey, replicas, autoscale }: ChartInputs) {
  const several = replicas > 1 || autoscale !== undefined;
  const { spec } = renderPodTemplate({ application: LITELLM, role: "server" }, pod, {
    restartPolicy: "Always",
    spread: several,
  });
  const [container] = spec.containers;
  if (container === undefined) throw new Error("a pod without a container");
  const { repository, tag, digest } = pod.image;
  return {
    fullnameOverride: litellmName("helm"),
    nameOverride: LITELLM,
    replicaCount: replicas,
    // The chart joins repository and tag with a colon, so the digest is part of the tag.
    image: {
      repository,
      tag: digest === undefined ? tag : `${tag}@${digest}`,
      pullPolicy: "IfNotPresent",
    },
    // A separate service account without a token. The default account of the namespace would mount one.
    serviceAccount: { create: true, automount: false },
    // The chart sets the name itself (`nameOverride`), in every version. Where it sets the component too, Helm reads the
    // same value twice: https://github.com/BerriAI/litellm/blob/0330217ad442895fafc1e03670872fc747d1431e/helm/litellm-helm/templates/deployment.yaml
    podLabels: {
      "app.kubernetes.io/component": podLabels["app.kubernetes.io/component"],
      "app.kubernetes.io/part-of": PART_OF,
    },
    podSecurityContext: spec.securityContext,
    // With a read-only root file system the chart mounts /tmp.
    securityContext: container.securityContext,
    // Otherwise the chart generates a new master key at each rendering (docs/references.md#litellm-chart).
    masterkeySecretName: masterKey.name,
    masterkeySecretKey: masterKey.key,
    // A list keeps its order: secrets come before the variables that refer to them
    // (docs/references.md#pod-environment). `logLevel` would set LITELLM_LOG a second time.
    extraEnvVars: container.env,
    logLevel: "",
    args: container.args,
    proxyConfigMap: { create: false, name: config.name, key: config.key },
    // The chart mounts its one file at this path. A second volume adds the others there.
    volumes: [{ name: FILES_VOLUME, configMap: { name: config.name } }],
    volumeMounts: config.files.map((file) => ({
      name: FILES_VOLUME,
      mountPath: `${CONFIG_PATH}/${file}`,
      subPath: file,
      readOnly: true,
    })),
    service: { type: "ClusterIP", port: LITELLM_PORT },
    resources: container.resources,
    startupProbe: renderProbe(container.startupProbe),
    readinessProbe: renderProbe(container.readinessProbe),
    livenessProbe: renderProbe(container.livenessProbe),
    lifecycle: container.lifecycle,
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    topologySpreadConstraints: (spec.topologySpreadConstraints ?? []).map((constraint) => ({
      ...constraint,
      labelSelector: { matchLabels: podLabels },
    })),
    pdb: { enabled: several, maxUnavailable: 1 },
    autoscaling:
      autoscale === undefined
        ? { enabled: false }
        : {
            enabled: true,
            minReplicas: replicas,
            maxReplicas: autoscale.maxReplicas,
            targetCPUUtilizationPercentage: autoscale.cpuPercent,
          },
    // The platform provides database and Redis. The chart would install archived images of both.
    db: { useExisting: false, deployStandalone: false },
    redis: { enabled: false },
    // The platform's Job migrates the schema: the Job of the chart has a fixed name and cannot be upgraded
    // (docs/references.md#litellm-chart), and it has no writable directory.
    migrationJob: { enabled: false },
  };
}

type RenderedProbe = ReturnType<typeof renderPodTemplate>["spec"]["containers"][number]["readinessProbe"];

/** The chart sets the port and the type of a probe. */
function renderProbe(probe: RenderedProbe) {
  if (probe === undefined || !("httpGet" in probe)) throw new Error("the chart supports only HTTP probes");
  const { httpGet, ...times } = probe;
  return { path: httpGet.path, ...times };
}
