import type { RecordedResource, Recording } from "./recording.ts";
import {
  type Container,
  type Labels,
  objects,
  type PodOwner,
  podOwners,
  type PodSpec,
} from "./kubernetes.ts";

// Objects that operators create, by their documentation. The program refers to them and does not create them.
// Only the parts that network policies, addresses and references meet; what such pods are like inside is not ours.

/** Pods that an operator makes, or the operator's own. */
export interface MadePods extends PodOwner {
  /** Services in front of them. */
  readonly services: readonly string[];
  /** Pods that they call without an address in any manifest of ours: "namespace/name-component". */
  readonly calls: readonly string[];
  /** The Deployment of a chart that makes them. */
  readonly deployment?: string;
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
  return releasesOf(recording, "cloudnative-pg").map((release) => {
    const { podLabels, image } = release.values as {
      readonly podLabels: Labels;
      readonly image: { readonly repository: string; readonly tag: string };
    };
    return {
      ...releasedPods(
        release,
        { "app.kubernetes.io/name": "cloudnative-pg", ...podLabels },
        {
          name: "manager",
          image: `${image.repository}:${image.tag}`,
          ports: [port("webhook-server", 9443), port("metrics", 8080)],
        },
        { services: ["cnpg-webhook-service"] },
      ),
      calls: objects(recording, "Cluster").map((cluster) => named(cluster.namespace, INSTANCE)),
      deployment: release.name,
    };
  });
}

/** The controllers of Kyverno's chart, and whether the API server calls them. */
const KYVERNO_PORTS = {
  "admission-controller": [port("webhook", 9443)],
  "background-controller": [],
  "cleanup-controller": [port("webhook", 9443)],
  "reports-controller": [],
} as const;
export const KYVERNO_CONTROLLERS = Object.keys(KYVERNO_PORTS);

/** What Helm makes of a release of the program. Its image is the chart's own where it is left out. */
function releasedPods(
  { resource, namespace, name }: Release,
  labels: Labels,
  container: Partial<Container>,
  more: {
    readonly volumes?: PodSpec["volumes"];
    readonly services: readonly string[];
    /** @default the name of the release */
    readonly deployment?: string;
  },
): MadePods {
  const { services, volumes = [], deployment = name } = more;
  return {
    resource,
    kind: "Release",
    namespace,
    name,
    manifest: { apiVersion: "helm.sh/v3", kind: "Release", metadata: { namespace, name }, spec: {} },
    labels,
    pod: { containers: [{ name, image: "", ...container }], volumes },
    services,
    calls: [],
    deployment,
  };
}

interface Release {
  readonly resource: RecordedResource;
  readonly namespace: string;
  readonly name: string;
  readonly values: unknown;
}

function releasesOf(recording: Recording, wanted: string): Release[] {
  return recording.resources
    .filter(({ type, inputs }) => type === "kubernetes:helm.sh/v3:Release" && inputs["name"] === wanted)
    .map((resource) => ({ ...(resource.inputs as unknown as Omit<Release, "resource">), resource }));
}

type Env = NonNullable<Container["env"]>;

/** The gateway by its official chart, by the labels that every version of it sets, and those of the values. */
function gateways(recording: Recording): MadePods[] {
  return releasesOf(recording, "litellm").map((release) => {
    const values = release.values as {
      readonly fullnameOverride: string;
      readonly nameOverride: string;
      readonly image: { readonly repository: string; readonly tag: string };
      readonly args: readonly string[];
      readonly podLabels: Labels;
      readonly extraEnvVars: Env;
      readonly masterkeySecretName: string;
      readonly masterkeySecretKey: string;
      readonly proxyConfigMap: { readonly name: string };
      readonly service: { readonly port: number };
    };
    const master = { name: values.masterkeySecretName, key: values.masterkeySecretKey };
    return releasedPods(
      release,
      { "app.kubernetes.io/name": values.nameOverride, ...values.podLabels },
      {
        image: `${values.image.repository}:${values.image.tag}`,
        args: values.args,
        env: [{ name: "PROXY_MASTER_KEY", valueFrom: { secretKeyRef: master } }, ...values.extraEnvVars],
        ports: [port("http", values.service.port)],
      },
      {
        volumes: [{ name: "litellm-config", configMap: { name: values.proxyConfigMap.name } }],
        services: [values.fullnameOverride],
        deployment: values.fullnameOverride,
      },
    );
  });
}

/** Phoenix by its official chart, which appends a suffix to the name of the Service. */
function phoenixes(recording: Recording): MadePods[] {
  return releasesOf(recording, "phoenix").map((release) => {
    const { image, deployment, server, auth, additionalEnv } = release.values as {
      readonly image: { readonly registry: string; readonly repository: string; readonly tag: string };
      readonly deployment: { readonly podLabels: Labels };
      readonly server: { readonly port: number; readonly grpcPort: number };
      readonly auth: {
        readonly secret: readonly ({ readonly key: string } & Pick<Env[number], "valueFrom">)[];
      };
      readonly additionalEnv: Env;
    };
    const secrets = auth.secret.map(({ key, ...source }) => ({ name: key, ...source }));
    return releasedPods(
      release,
      deployment.podLabels,
      {
        image: `${image.registry}/${image.repository}:${image.tag}`,
        env: [...secrets, ...additionalEnv],
        ports: [port("http", server.port), port("grpc", server.grpcPort), port("metrics", 9090)],
      },
      { services: ["phoenix-svc"] },
    );
  });
}

function kyvernos(recording: Recording): MadePods[] {
  return releasesOf(recording, "kyverno").flatMap((release) =>
    Object.entries(KYVERNO_PORTS).map(([component, ports]) =>
      releasedPods(
        release,
        { "app.kubernetes.io/name": `kyverno-${component}`, "app.kubernetes.io/component": component },
        { ports },
        { services: [], deployment: `kyverno-${component}` },
      ),
    ),
  );
}

/** 1Password's operator and Connect by the chart: its labels, and those of the values. */
function onePasswords(recording: Recording): Released[] {
  return releasesOf(recording, "onepassword").flatMap(({ namespace, values }) => {
    const { operator, connect } = values as Readonly<
      Record<"operator" | "connect", { readonly create: boolean; readonly podLabels?: Labels }>
    >;
    const pods = (component: string, deployment: string, labels: Labels = {}): Released => ({
      id: `${namespace}/${deployment}`,
      labels: { "app.kubernetes.io/component": component, ...labels },
    });
    return [
      pods("operator", "onepassword-connect-operator", operator.podLabels),
      ...(connect.create ? [pods("connect", "onepassword-connect", connect.podLabels)] : []),
    ];
  });
}

/** A Deployment that a chart makes, and the labels of its pods. */
interface Released {
  readonly id: string;
  readonly labels: Labels;
}

/** The Deployments that the charts of a program's releases make. */
export function releasedDeployments(recording: Recording): Released[] {
  return [
    ...madePods(recording).flatMap(({ namespace, deployment, labels }) =>
      deployment === undefined ? [] : [{ id: `${namespace}/${deployment}`, labels }],
    ),
    ...onePasswords(recording),
  ];
}

export function madePods(recording: Recording): MadePods[] {
  return [instances, operators, gateways, phoenixes, kyvernos].flatMap((pods) => pods(recording));
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
