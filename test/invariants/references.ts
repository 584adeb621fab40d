import {
  containersOf,
  describeObject,
  type FileSource,
  fileSources,
  type KubernetesObject,
  type Labels,
  objects,
  type PodOwner,
  podOwners,
  selects,
} from "../kubernetes.ts";
import type { PlatformConfig } from "../../stacks/config.ts";
import type { Recording } from "../harness.ts";
import { allPods, secretsOfOperators } from "../operators.ts";
import { foreignServers, handedOut } from "./exceptions.ts";
import type { Invariant } from "./invariant.ts";

interface Reference {
  readonly kind: "Secret" | "ConfigMap" | "PersistentVolumeClaim" | "ServiceAccount" | "Service";
  readonly name: string;
  /** Keys that have to be in it. */
  readonly keys: readonly string[];
}

/** What the pods of a controller take from other objects of their namespace. */
function referencesOf(owner: PodOwner): Reference[] {
  const { serviceName } = owner.manifest.spec as { serviceName?: string };
  const { pod } = owner;
  return [
    ...containersOf(pod).flatMap(({ env = [] }) =>
      env.flatMap(({ valueFrom }): Reference[] =>
        valueFrom?.secretKeyRef === undefined
          ? []
          : [{ kind: "Secret", name: valueFrom.secretKeyRef.name, keys: [valueFrom.secretKeyRef.key] }],
      ),
    ),
    ...(pod.volumes ?? []).flatMap((volume): Reference[] => [
      ...fileSources(volume).map(({ kind, name, items = [] }) => ({
        kind,
        name,
        keys: items.map(({ key }) => key),
      })),
      ...(volume.persistentVolumeClaim === undefined
        ? []
        : [
            {
              kind: "PersistentVolumeClaim" as const,
              name: volume.persistentVolumeClaim.claimName,
              keys: [],
            },
          ]),
    ]),
    ...(pod.serviceAccountName === undefined
      ? []
      : [{ kind: "ServiceAccount" as const, name: pod.serviceAccountName, keys: [] }]),
    ...(serviceName === undefined ? [] : [{ kind: "Service" as const, name: serviceName, keys: [] }]),
  ];
}

function findReferenced(
  recording: Recording,
  namespace: string,
  reference: Pick<Reference, "kind" | "name">,
): KubernetesObject | undefined {
  return objects(recording, reference.kind).find(
    (object) => object.namespace === namespace && object.name === reference.name,
  );
}

export const podsNameWhatExists: Invariant = ({ recording }) =>
  podOwners(recording).flatMap((owner) =>
    referencesOf(owner).flatMap((reference) => {
      const found = findReferenced(recording, owner.namespace, reference);
      const problem = `${describeObject(owner)} names the ${reference.kind} ${reference.name}`;
      if (found === undefined) return [`${problem}, which is not in its namespace`];
      const keys = Object.keys({ ...found.manifest.data, ...found.manifest.stringData });
      return reference.keys
        .filter((key) => !keys.includes(key))
        .map((key) => `${problem}, which has no key "${key}"`);
    }),
  );

/** A Secret, a ConfigMap or a claim that no pod uses is declared but inert; some Secrets are for pods of others. */
export const nothingIsUnused: Invariant = ({ recording, config }) =>
  (["Secret", "ConfigMap", "PersistentVolumeClaim"] as const).flatMap((kind) =>
    objects(recording, kind)
      .filter((object) => !isHandedOut(config, object) && !isForOperator(recording, object))
      .filter(
        (object) =>
          !allPods(recording).some(
            (owner) =>
              owner.namespace === object.namespace &&
              referencesOf(owner).some(
                (reference) => reference.kind === kind && reference.name === object.name,
              ),
          ),
      )
      .map((object) => `no pod uses ${describeObject(object)}`),
  );

/** Whether a Secret is one that the configuration asks for, in the namespace that it names. */
function isHandedOut(config: PlatformConfig, { kind, namespace, resource }: KubernetesObject): boolean {
  return (
    kind === "Secret" &&
    handedOut(config).some((secret) => secret.name === resource.name && secret.namespace === namespace)
  );
}

/** Whether an operator reads a Secret, because an object of the program names it. */
function isForOperator(recording: Recording, { kind, namespace, name }: KubernetesObject): boolean {
  return (
    kind === "Secret" &&
    secretsOfOperators(recording).some((secret) => secret.name === name && secret.namespace === namespace)
  );
}

/**
 * Command lines and variables name files that the mounted ConfigMaps and Secrets have, and a folder with a ConfigMap is
 * named by one of them.
 */
export const namedFilesExist: Invariant = ({ recording }) =>
  podOwners(recording).flatMap((owner) =>
    containersOf(owner.pod).flatMap(({ command = [], args = [], env = [], volumeMounts = [] }) =>
      volumeMounts.flatMap(({ name, mountPath }) => {
        const volume = (owner.pod.volumes ?? []).find((candidate) => candidate.name === name);
        const sources = volume === undefined ? [] : fileSources(volume);
        if (sources.length === 0) return [];
        const files = sources.flatMap((source) => filesOf(source, recording, owner.namespace));
        const named = [...command, ...args, ...env.map(({ value = "" }) => value)]
          .map((text) => text.split("=").at(-1) ?? "")
          .filter((text) => text.startsWith(`${mountPath}/`));
        const isNamed = named.length > 0 || sources.every(({ kind }) => kind === "Secret");
        return [
          ...(!isNamed
            ? [`${describeObject(owner)} mounts ${mountPath}, and its command names no file there`]
            : []),
          ...named
            .filter((path) => !files.includes(path.slice(mountPath.length + 1)))
            .map((path) => `${describeObject(owner)} names ${path}, which is not in what is mounted there`),
        ];
      }),
    ),
  );

/** The paths of a source's files in its folder. */
function filesOf(source: FileSource, recording: Recording, namespace: string): string[] {
  if (source.items !== undefined) return source.items.map(({ path }) => path);
  const { data, stringData } = findReferenced(recording, namespace, source)?.manifest ?? {};
  return Object.keys({ ...data, ...stringData });
}

/** Selectors of controllers, Services and disruption budgets select the pods of exactly one controller. */
export const selectorsSelectOneWorkload: Invariant = ({ recording }) => {
  const owners = podOwners(recording);
  return objects(recording).flatMap((object) => {
    const selector = selectorOf(object);
    if (selector === undefined) return [];
    const selected = owners.filter(
      (owner) => owner.namespace === object.namespace && selects(selector, owner.labels),
    );
    const own = owners.find(({ resource }) => resource === object.resource);
    return selected.length === 1 && (own === undefined || selected[0] === own)
      ? []
      : [`${describeObject(object)} selects ${selected.map(describeObject).join(", ") || "nothing"}`];
  });
};

function selectorOf({ kind, manifest }: KubernetesObject): Labels | undefined {
  const { selector } = (manifest.spec ?? {}) as { selector?: unknown };
  if (kind === "Service") return (selector ?? {}) as Labels;
  return (selector as { matchLabels?: Labels } | undefined)?.matchLabels;
}

export const servicePortsResolve: Invariant = ({ recording }) =>
  objects(recording, "Service").flatMap((service) => {
    const { ports = [] } = service.manifest.spec as {
      ports?: { port: number; targetPort: string | number }[];
    };
    const containerPorts = podOwners(recording)
      .filter((owner) => owner.namespace === service.namespace && selects(selectorOf(service), owner.labels))
      .flatMap((owner) => containersOf(owner.pod).flatMap((container) => container.ports ?? []));
    return [
      ...(ports.length === 0 ? [`${describeObject(service)} has no port`] : []),
      ...ports
        .filter(
          ({ targetPort }) =>
            !containerPorts.some(({ name, containerPort }) => [name, containerPort].includes(targetPort)),
        )
        .map(
          ({ targetPort }) =>
            `${describeObject(service)} forwards to ${targetPort}, which its pods do not have`,
        ),
      // What connects names the Service's port, and policies the container's: they are the same, or one of them is wrong.
      ...ports
        .filter(
          ({ port, targetPort }) =>
            !containerPorts.some(({ name, containerPort }) => name === targetPort && containerPort === port),
        )
        .map(({ port }) => `${describeObject(service)} changes the port ${port}`),
    ];
  });

/** Kinds without a namespace. */
const CLUSTER_WIDE = [
  "Namespace",
  "StorageClass",
  "ResourceFlavor",
  "ClusterQueue",
  "WorkloadPriorityClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingPolicy",
];

/** What the configuration asks for elsewhere stands where it says. */
export const objectsStandInOwnNamespaces: Invariant = ({ recording, config }) => {
  const namespaces = objects(recording, "Namespace").map(({ name }) => name);
  const guarded = foreignServers(config).map(({ namespace }) => namespace);
  return objects(recording)
    .filter(({ kind }) => !CLUSTER_WIDE.includes(kind))
    .filter((object) => !namespaces.includes(object.namespace) && !isHandedOut(config, object))
    .filter(({ kind, namespace }) => kind !== "NetworkPolicy" || !guarded.includes(namespace))
    .map((object) => `${describeObject(object)} is in a namespace that the stack does not make`);
};
