// The smallest objects that a cluster takes, for tests of the cluster itself.

const image = "registry.example/app:1.0.0";

const restricted = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** One container; `extra` goes into it. */
export function podSpec(extra: object = {}, pod: object = {}): object {
  return { containers: [{ name: "app", image, securityContext: restricted, ...extra }], ...pod };
}

export function namespace(name: string, labels: Record<string, string> = {}): object {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

export function pod(name: string, namespace: string, extra: object = {}): object {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace }, spec: podSpec(extra) };
}

export function deployment(name: string, namespace: string, replicas: number, extra: object = {}): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(extra) },
    },
  };
}

/** Two replicas, one claim each; without a class, of the default class. */
export function statefulSet(name: string, namespace: string, storageClassName: string | undefined): object {
  const labels = { app: name };
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      serviceName: name,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: podSpec({ volumeMounts: [{ name: "data", mountPath: "/data" }] }),
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { ...claim, ...(storageClassName === undefined ? {} : { storageClassName }) },
        },
      ],
    },
  };
}

export function job(name: string, namespace: string): object {
  const spec = { template: { spec: podSpec({}, { restartPolicy: "Never" }) } };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name, namespace }, spec };
}

export function configMap(name: string, namespace: string, data: Record<string, string> = {}): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data };
}
