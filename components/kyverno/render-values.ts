/** Inputs of the release values. */
export interface ReleaseInputs {
  /** Run enough pods of each controller to survive the loss of a pod or its node. */
  readonly highAvailability: boolean;
  /** The registry host for Kyverno's images, if it is not the chart's own. */
  readonly registry?: string | undefined;
}

/** A webhook with `failurePolicy: Fail` is as available as its pods. Kyverno's documentation recommends three. */
const ADMISSION_REPLICAS = 3;
/** One leads, the other is on standby. */
const OTHER_REPLICAS = 2;

/**
 * Values of the chart `kyverno` 3.9.1 (charts/kyverno/values.yaml in kyverno/kyverno). Its pods satisfy Pod
 * Security `restricted`. Helm does not copy the definitions into an annotation, for which they are too long
 * (docs/references.md#kyverno-definitions).
 */
export function renderValues({ highAvailability, registry }: ReleaseInputs) {
  const replicas = (several: number) => (highAvailability ? several : 1);
  return {
    ...(registry === undefined ? {} : { global: { image: { registry } } }),
    admissionController: {
      replicas: replicas(ADMISSION_REPLICAS),
      container: { resources: renderResources(512) },
      // With more than one pod the chart creates a budget in any case, and with one pod it creates none.
      ...(highAvailability ? { podDisruptionBudget: { minAvailable: ADMISSION_REPLICAS - 1 } } : {}),
    },
    backgroundController: { replicas: replicas(OTHER_REPLICAS), resources: renderResources(256) },
    cleanupController: { replicas: replicas(OTHER_REPLICAS), resources: renderResources(256) },
    reportsController: { replicas: replicas(OTHER_REPLICAS), resources: renderResources(512) },
    config: {
      // An uninstallation leaves nothing behind.
      preserve: false,
      // Kyverno and the services of the cluster must be able to start without Kyverno.
      excludeKyvernoNamespace: true,
      webhooks: {
        namespaceSelector: {
          matchExpressions: [
            { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["kube-system"] },
          ],
        },
      },
    },
    features: {
      // A PolicyException overrides every policy, and an empty namespace would allow exceptions in all namespaces
      // (docs/references.md#kyverno-exceptions).
      policyExceptions: { enabled: false },
      forceFailurePolicyIgnore: { enabled: false },
    },
    // Webhook configurations without pods would block the cluster (docs/references.md#kyverno-hooks). The image of
    // these hooks has its own registry setting, which the global one does not override.
    webhooksCleanup: { enabled: true, ...(registry === undefined ? {} : { image: { registry } }) },
    crds: { install: true },
  };
}

function renderResources(memoryMi: number) {
  return {
    requests: { cpu: "100m", memory: `${String(memoryMi / 2)}Mi` },
    limits: { memory: `${String(memoryMi)}Mi` },
  };
}
