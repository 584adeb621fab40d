/** What the values of a release are made from. */
export interface ReleaseInputs {
  /** Pods of each controller enough for one of them, or its node, to go. */
  readonly highAvailability: boolean;
  /** The host that Kyverno's images come from, where it is not the chart's own. */
  readonly registry?: string | undefined;
}

/** A webhook with `failurePolicy: Fail` is as available as its pods: three, as Kyverno's own documentation asks for. */
const ADMISSION_REPLICAS = 3;
/** One leads, the other waits. */
const OTHER_REPLICAS = 2;

/**
 * Values of the chart `kyverno` 3.9.1 (charts/kyverno/values.yaml in kyverno/kyverno). Its pods satisfy Pod Security
 * `restricted` by themselves. Helm writes no copy of the definitions into an annotation, for which they are too long (S4.7).
 */
export function renderValues({ highAvailability, registry }: ReleaseInputs) {
  const replicas = (several: number) => (highAvailability ? several : 1);
  return {
    ...(registry === undefined ? {} : { global: { image: { registry } } }),
    admissionController: {
      replicas: replicas(ADMISSION_REPLICAS),
      container: { resources: renderResources(512) },
      // With more than one pod the chart makes it anyway.
      podDisruptionBudget: {
        enabled: highAvailability,
        minAvailable: highAvailability ? ADMISSION_REPLICAS - 1 : 1,
      },
    },
    backgroundController: { replicas: replicas(OTHER_REPLICAS), resources: renderResources(256) },
    cleanupController: { replicas: replicas(OTHER_REPLICAS), resources: renderResources(256) },
    reportsController: { replicas: replicas(OTHER_REPLICAS), resources: renderResources(512) },
    config: {
      // Nothing stays behind that an uninstallation could take along.
      preserve: false,
      // Kyverno and the cluster's own services have to start without Kyverno.
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
      // Whoever may write a PolicyException is above every policy; an empty namespace would mean any (policy-engines.md §3).
      policyExceptions: { enabled: false },
      forceFailurePolicyIgnore: { enabled: false },
    },
    // Without its pods the API server would go on asking: a cluster that refuses every pod (S4.31). The image of these
    // hooks names its own host, and the one above does not count for it.
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
