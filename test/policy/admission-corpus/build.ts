// How the cases' objects are made: the smallest ones that an API server takes.
import type { AdmissionCase, Manifest, OwnerReference, User } from "./types.ts";

type Labels = Readonly<Record<string, string>>;

/** What a pod is made of, as far as a policy asks. */
export interface PodShape {
  /** Of the first container. */
  readonly limits?: Readonly<Record<string, string>>;
  readonly requests?: Readonly<Record<string, string>>;
  readonly image?: string;
  /** Further fields of the spec; containers of it come after the first. */
  readonly spec?: Readonly<Record<string, unknown>> & { readonly containers?: readonly object[] };
}

export const EXACT_IMAGE = "registry.example.org/app:1.0.0";
export const ONE_GPU = { limits: { "nvidia.com/gpu": "1" } } as const;

export const container = (name: string, fields: object = {}): object => ({
  name,
  image: EXACT_IMAGE,
  ...fields,
});

function podSpec({ limits, requests, image = EXACT_IMAGE, spec = {} }: PodShape): Record<string, unknown> {
  const { containers = [], ...rest } = spec;
  const resources = { ...(limits && { limits }), ...(requests && { requests }) };
  return { ...rest, containers: [container("app", { image, resources }), ...containers] };
}

/** Where an object stands, and what is written on it. */
export interface Place {
  readonly namespace?: string;
  readonly labels?: Labels;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** The namespace that most cases are about: it shares GPUs through the queues `gpu` and `batch`. */
const TENANT = "team-a";

function metadata({ namespace = TENANT, labels, ownerReferences }: Place): Manifest["metadata"] {
  return { name: "", namespace, ...(labels && { labels }), ...(ownerReferences && { ownerReferences }) };
}

export function pod(shape: PodShape, place: Place = {}): Manifest {
  return { apiVersion: "v1", kind: "Pod", metadata: metadata(place), spec: podSpec(shape) };
}

const neverAgain = { restartPolicy: "Never" };

function jobSpec(shape: PodShape, templateLabels: Labels | undefined, fields: object): object {
  const metadata = templateLabels && { metadata: { labels: templateLabels } };
  return { ...fields, template: { ...metadata, spec: { ...podSpec(shape), ...neverAgain } } };
}

export function job(
  shape: PodShape,
  place: Place = {},
  templateLabels?: Labels,
  fields: object = {},
): Manifest {
  // A Job without labels is given those of its template, so one is always there.
  const { labels = {}, ...rest } = place;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: metadata({ ...rest, labels: { app: "job", ...labels } }),
    spec: jobSpec(shape, templateLabels, fields),
  };
}

export function cronJob(shape: PodShape, labels: { own?: Labels; job?: Labels; pod?: Labels }): Manifest {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: metadata({ ...(labels.own && { labels: labels.own }) }),
    spec: {
      schedule: "0 3 * * *",
      jobTemplate: {
        ...(labels.job && { metadata: { labels: labels.job } }),
        spec: jobSpec(shape, labels.pod, {}),
      },
    },
  };
}

export function jobSet(shapes: readonly PodShape[], labels?: Labels): Manifest {
  return {
    apiVersion: "jobset.x-k8s.io/v1alpha2",
    kind: "JobSet",
    metadata: metadata({ ...(labels && { labels }) }),
    spec: {
      replicatedJobs: shapes.map((shape, index) => ({
        name: `part-${index}`,
        replicas: 1,
        template: { spec: jobSpec(shape, undefined, {}) },
      })),
    },
  };
}

export function controller(
  kind: "Deployment" | "StatefulSet" | "DaemonSet",
  shape: PodShape,
  place: Place = {},
  fields: object = {},
): Manifest {
  const labels = { app: "controller" };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: metadata(place),
    spec: {
      ...(kind === "StatefulSet" && { serviceName: "none" }),
      ...fields,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(shape) },
    },
  };
}

export function namespace(labels: Labels): Manifest {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: "", labels } };
}

export const owner = (apiVersion: string, kind: string, isController = true): OwnerReference => ({
  apiVersion,
  kind,
  name: "owner",
  uid: "00000000-0000-4000-8000-000000000001",
  controller: isController,
});

/** The same object with other labels. */
export function relabelled(object: Manifest, labels: Labels | undefined): Manifest {
  const { name, namespace, ownerReferences } = object.metadata;
  return {
    ...object,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(ownerReferences && { ownerReferences }),
      ...(labels && { labels }),
    },
  };
}

/** The same object with other fields of its spec. */
export function respecced(object: Manifest, fields: object): Manifest {
  return { ...object, spec: { ...(object.spec as object), ...fields } };
}

export function serviceAccount(namespace: string, name: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
  };
}

type Rest = Partial<Omit<AdmissionCase, "name" | "operation" | "object" | "expected">>;

const denied = (policy: AdmissionCase["expected"] | undefined) => policy ?? ("allowed" as const);

export const create = (
  name: string,
  object: Manifest,
  expected?: AdmissionCase["expected"],
  rest: Rest = {},
): AdmissionCase => ({ name, operation: "CREATE", object, expected: denied(expected), ...rest });

export const update = (
  name: string,
  before: Manifest,
  object: Manifest,
  expected?: AdmissionCase["expected"],
  rest: Rest = {},
): AdmissionCase => ({ name, operation: "UPDATE", before, object, expected: denied(expected), ...rest });
