import { isDeepStrictEqual } from "node:util";
import { contentHash } from "../../components/core/workload/config-map.ts";
import type { RecordedResource, Recording } from "../harness.ts";
import {
  claimTemplatesOf,
  describeObject,
  type KubernetesObject,
  type NetworkPolicySpec,
  objects,
  type PodOwner,
  selects,
} from "../kubernetes.ts";
import { allPods, madePods } from "../operators.ts";
import type { Invariant } from "./invariant.ts";

/** Protection of a resource in prod: deletion needs two explicit steps, or is not possible. */
type Kept = "protected" | "protected and left behind";

/**
 * Credentials whose first value counts for ever. What data was written with is protected with it; the others can be made
 * again with what they are for.
 */
export const WRITTEN_ONCE: Readonly<Record<string, Kept | "not protected">> = {
  "postgres-superuser": "protected and left behind",
  "litellm-salt-key": "protected and left behind",
  "etcd-root": "protected and left behind",
  "phoenix-secret": "protected and left behind",
  "open-webui-secret-key": "protected and left behind",
  // Read when the administrator is made, and never again.
  "phoenix-admin-password": "not protected",
  "open-webui-admin-password": "not protected",
  // What the servers of a cluster know each other by while they run.
  "nats-routes": "not protected",
};

/** What holds data, besides credentials. Kubernetes deletes what is in a namespace with it, and a claim with its volume. */
export const HOLDS_DATA: Readonly<Record<string, Kept>> = {
  "data-namespace": "protected and left behind",
  "tracing-namespace": "protected and left behind",
  "gateway-namespace": "protected and left behind",
  "chat-namespace": "protected and left behind",
  "tenant-lab-namespace": "protected and left behind",
  "postgres-data": "protected and left behind",
  "postgres-cluster": "protected and left behind",
  "redis-data": "protected and left behind",
  "open-webui-data": "protected and left behind",
  // The number of members that the volumes are of: a new one would take any number.
  "etcd-members": "protected",
  // Without an operator no standby takes over, and its chart would take the definitions, and the Clusters, with it.
  "postgres-operator-release": "protected",
};

/** What prod does with a resource; nothing with those that are not named above. */
function keptInProd({ name, type, inputs }: RecordedResource): Kept | "not protected" {
  const { namespace = "" } = (inputs["metadata"] ?? {}) as { namespace?: string };
  const credential = Object.entries(WRITTEN_ONCE).find(
    ([own]) =>
      name === valueOf(own) ||
      name === guardOf(own) ||
      (type === "kubernetes:core/v1:Secret" && name === `${own}-${namespace}`),
  );
  return HOLDS_DATA[name] ?? credential?.[1] ?? "not protected";
}

/** A credential's generated value, and what refuses that it changes (`components/credential`). */
const valueOf = (credential: string): string => `${credential}-value`;
const guardOf = (credential: string): string => `${credential}-first`;

function mismatches(
  recording: Recording,
  option: string,
  has: (resource: RecordedResource) => boolean,
  wants: (resource: RecordedResource) => boolean,
): string[] {
  // A component's own options go down to its children, which are asked.
  return recording.resources
    .filter(({ custom }) => custom)
    .filter((resource) => has(resource) !== wants(resource))
    .map((resource) => `${resource.type} "${resource.name}" has ${has(resource) ? "" : "no "}${option}`);
}

/** In prod what holds data is protected, and nothing else; in dev nothing is. */
export const prodProtectsData: Invariant = ({ recording, config }) => {
  const prod = config.profile === "prod";
  return [
    ...mismatches(
      recording,
      "protect",
      ({ protect }) => protect,
      (resource) => prod && keptInProd(resource) !== "not protected",
    ),
    ...mismatches(
      recording,
      "retainOnDelete",
      ({ retainOnDelete }) => retainOnDelete,
      (resource) => prod && keptInProd(resource) === "protected and left behind",
    ),
    ...(prod ? mustStay(recording) : [])
      .filter(({ resource }) => !resource.protect || !resource.retainOnDelete)
      .map((holder) => `${describeObject(holder)} is not kept`),
    ...objects(recording, "StatefulSet").flatMap((owner) => {
      if (claimTemplatesOf(owner).length === 0) return [];
      const wanted = prod ? "Retain" : "Delete";
      const { persistentVolumeClaimRetentionPolicy: policy } = owner.manifest.spec as {
        persistentVolumeClaimRetentionPolicy?: unknown;
      };
      return isDeepStrictEqual(policy, { whenDeleted: wanted, whenScaled: wanted })
        ? []
        : [`${describeObject(owner)} does not ${wanted.toLowerCase()} the volumes of its pods`];
    }),
  ];
};

/** All claims, and the namespaces of whatever stays: volumes, and the Secrets with keys. */
function mustStay(recording: Recording): KubernetesObject[] {
  const claims = objects(recording, "PersistentVolumeClaim");
  const withTemplates = objects(recording, "StatefulSet").filter(
    (owner) => claimTemplatesOf(owner).length > 0,
  );
  const leftBehind = objects(recording).filter(({ resource }) => resource.retainOnDelete);
  const full = [...claims, ...withTemplates, ...leftBehind].map(({ namespace }) => namespace);
  return [...claims, ...objects(recording, "Namespace").filter(({ name }) => full.includes(name))];
}

/** Values that must not change are never generated again, whatever changes in the program, and another is refused. */
export const keysAreWrittenOnce: Invariant = ({ recording }) => [
  ...mismatches(
    recording,
    'ignoreChanges ["*"]',
    ({ ignoreChanges }) => ignoreChanges.includes("*"),
    isWrittenOnce,
  ),
  ...mismatches(recording, "ignoreChanges", ({ ignoreChanges }) => ignoreChanges.length > 0, isWrittenOnce),
  ...recording.resources
    .filter(isWrittenOnce)
    .filter(({ parent }) => !recording.resources.some((guard) => guard.parent === parent && isGuard(guard)))
    .map(({ name }) => `nothing refuses another value of "${name}"`),
  ...recording.resources
    .filter(({ type, name }) => type === "pulumi:index:Stash" && name.endsWith("-first"))
    .filter((guard) => !isGuard(guard))
    .map(({ name }) => `"${name}" guards a credential that is not declared as write-once`),
];

function isWrittenOnce({ name }: RecordedResource): boolean {
  return Object.keys(WRITTEN_ONCE).some((credential) => name === valueOf(credential));
}

function isGuard({ type, name }: RecordedResource): boolean {
  return (
    type === "pulumi:index:Stash" &&
    Object.keys(WRITTEN_ONCE).some((credential) => name === guardOf(credential))
  );
}

export const configMapsAreImmutable: Invariant = ({ recording }) =>
  objects(recording, "ConfigMap").flatMap((configMap) => [
    ...(configMap.manifest.immutable === true ? [] : [`${describeObject(configMap)} is not immutable`]),
    ...(configMap.name.endsWith(`-${contentHash(configMap.manifest.data ?? {})}`)
      ? []
      : [`${describeObject(configMap)} is not named by its contents`]),
  ]);

/**
 * No object before its namespace, no pod before the policies of all namespaces. What only lets one workload out to
 * addresses removes nothing from others, so only that workload waits for it.
 */
export const orderIsSafe: Invariant = ({ recording }) => {
  const namespaces = objects(recording, "Namespace");
  const policies = objects(recording, "NetworkPolicy");
  const makers = new Map(allPods(recording).map((pods) => [pods.resource.urn, pods]));
  const releases = madePods(recording).filter(({ kind }) => kind === "Release");
  return [...objects(recording), ...releases].flatMap((object) => {
    const before = comesAfter(recording, object.resource);
    const pods = makers.get(object.resource.urn);
    const wanted = [
      ...namespaces.filter(({ name }) => name === object.namespace),
      ...policies.filter((policy) => pods !== undefined && concerns(policy, pods)),
    ];
    return wanted
      .filter(({ resource }) => !before.has(resource.urn))
      .map((missing) => `${describeObject(object)} does not wait for ${describeObject(missing)}`);
  });
};

/** Whether pods wait for a policy. */
function concerns({ namespace, manifest }: KubernetesObject, pods: PodOwner): boolean {
  const { podSelector, policyTypes = [], egress = [] } = manifest.spec as NetworkPolicySpec;
  const onlyOpens =
    isDeepStrictEqual(policyTypes, ["Egress"]) &&
    Object.keys(podSelector).length > 0 &&
    egress.every(({ to = [] }) => to.length > 0 && to.every(({ ipBlock }) => ipBlock !== undefined));
  return !onlyOpens || (namespace === pods.namespace && selects(podSelector.matchLabels, pods.labels));
}

/** URNs of all that a resource waits for: what it and its parents depend on, and so on. */
export function comesAfter(recording: Recording, resource: RecordedResource): Set<string> {
  const byUrn = new Map(recording.resources.map((candidate) => [candidate.urn, candidate]));
  const found = new Set<string>();
  const queue = [resource];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const urn of [...next.dependencies, next.parent]) {
      const dependency = byUrn.get(urn);
      if (dependency === undefined || found.has(urn)) continue;
      found.add(urn);
      queue.push(dependency);
    }
  }
  return found;
}
