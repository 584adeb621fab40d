import type { Recording } from "./harness.ts";
import { type Labels, objects, type PodOwner, podOwners } from "./kubernetes.ts";

// Objects that operators create, by their documentation. The program refers to them and does not create them.
// Only the parts that network policies, addresses and references meet; what such pods are like inside is not ours.

/** Pods that an operator makes, or the operator's own. */
export interface MadePods extends PodOwner {
  /** Services in front of them. */
  readonly services: readonly string[];
  /** Pods that they call without an address in any manifest of ours: "namespace/name-component". */
  readonly calls: readonly string[];
}

interface Cluster {
  readonly imageName: string;
  readonly managed: { readonly roles: readonly { readonly passwordSecret?: { readonly name: string } }[] };
}

/** Labels of CloudNativePG's instances and of their Jobs (pkg/specs/pods.go, 1.30). */
const INSTANCE: Labels = {
  "app.kubernetes.io/name": "postgresql",
  "app.kubernetes.io/component": "database",
};
const port = (name: string, containerPort: number) => ({ name, containerPort, protocol: "TCP" });
const named = (namespace: string, labels: Labels): string =>
  `${namespace}/${labels["app.kubernetes.io/name"] ?? "?"}-${labels["app.kubernetes.io/component"] ?? "?"}`;

/** The instances of each Cluster: PostgreSQL, the instance manager's state, and metrics. */
function instances(recording: Recording): MadePods[] {
  return objects(recording, "Cluster").map((object) => {
    const { imageName } = object.manifest.spec as Cluster;
    const ports = [port("postgresql", 5432), port("status", 8000), port("metrics", 9187)];
    return {
      ...object,
      labels: INSTANCE,
      pod: { containers: [{ name: "postgres", image: imageName, ports }] },
      services: ["rw", "ro", "r"].map((role) => `${object.name}-${role}`),
      // Standbys replicate from the primary, which asks whether it is cut off.
      calls: [named(object.namespace, INSTANCE)],
    };
  });
}

/** The operator of CloudNativePG, where its chart is installed: its labels, and those that the values add. */
function operators(recording: Recording): MadePods[] {
  return recording.resources
    .filter(
      ({ type, inputs }) => type === "kubernetes:helm.sh/v3:Release" && inputs["name"] === "cloudnative-pg",
    )
    .map((resource) => {
      const { namespace, name, values } = resource.inputs as {
        readonly namespace: string;
        readonly name: string;
        readonly values: {
          readonly podLabels: Labels;
          readonly image: { readonly repository: string; readonly tag: string };
        };
      };
      const { repository, tag } = values.image;
      const ports = [port("webhook-server", 9443), port("metrics", 8080)];
      return {
        resource,
        kind: "Release",
        namespace,
        name,
        manifest: { apiVersion: "helm.sh/v3", kind: "Release", metadata: { namespace, name }, spec: {} },
        labels: { "app.kubernetes.io/name": "cloudnative-pg", ...values.podLabels },
        pod: { containers: [{ name: "manager", image: `${repository}:${tag}`, ports }] },
        services: ["cnpg-webhook-service"],
        calls: objects(recording, "Cluster").map((cluster) => named(cluster.namespace, INSTANCE)),
      };
    });
}

export function madePods(recording: Recording): MadePods[] {
  return [...instances(recording), ...operators(recording)];
}

/** Everybody whom policies of the program are about: its own pods, and those that operators make of its objects. */
export function allPods(recording: Recording): PodOwner[] {
  return [...podOwners(recording), ...madePods(recording)];
}

/** The Secrets that operators read, as the program's objects name them. */
export function secretsOfOperators(
  recording: Recording,
): { readonly namespace: string; readonly name: string }[] {
  return objects(recording, "Cluster").flatMap(({ namespace, manifest }) =>
    (manifest.spec as Cluster).managed.roles.flatMap(({ passwordSecret }) =>
      passwordSecret === undefined ? [] : [{ namespace, name: passwordSecret.name }],
    ),
  );
}
