import { isDeepStrictEqual } from "node:util";
import { contentHash } from "../../components/workload/config-map.ts";
import type { RecordedResource, Recording } from "../harness.ts";
import { claimTemplatesOf, describeObject, objects, podOwners } from "../kubernetes.ts";
import type { Invariant } from "./invariant.ts";

/** Losing one of these loses data: volumes, and the keys that data is written with. */
const HOLDS_DATA = /^(data-namespace|postgres-data|postgres-superuser(-.*)?|litellm-salt-key(-.*)?)$/;
/** Kubernetes deletes what is in a namespace with it, and a claim with its volume: these stay when the stack goes. */
const STAYS = /^(data-namespace|postgres-data)$/;
const WRITTEN_ONCE = /^(postgres-superuser|litellm-salt-key)-value$/;

function mismatches(
  recording: Recording,
  option: string,
  has: (resource: RecordedResource) => boolean,
  wants: (resource: RecordedResource) => boolean,
): string[] {
  return recording.resources
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
      ({ name }) => prod && HOLDS_DATA.test(name),
    ),
    ...mismatches(
      recording,
      "retainOnDelete",
      ({ retainOnDelete }) => retainOnDelete,
      ({ name }) => prod && STAYS.test(name),
    ),
    ...(prod ? objects(recording, "PersistentVolumeClaim") : [])
      .filter(({ resource }) => !resource.protect || !resource.retainOnDelete)
      .map((claim) => `${describeObject(claim)} is not kept`),
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

/** Values that data was written with are never generated again, whatever changes in the program. */
export const keysAreWrittenOnce: Invariant = ({ recording }) => [
  ...mismatches(
    recording,
    'ignoreChanges ["*"]',
    ({ ignoreChanges }) => ignoreChanges.includes("*"),
    ({ name }) => WRITTEN_ONCE.test(name),
  ),
  ...mismatches(
    recording,
    "ignoreChanges",
    ({ ignoreChanges }) => ignoreChanges.length > 0,
    ({ name }) => WRITTEN_ONCE.test(name),
  ),
];

export const configMapsAreImmutable: Invariant = ({ recording }) =>
  objects(recording, "ConfigMap").flatMap((configMap) => [
    ...(configMap.manifest.immutable === true ? [] : [`${describeObject(configMap)} is not immutable`]),
    ...(configMap.name.endsWith(`-${contentHash(configMap.manifest.data ?? {})}`)
      ? []
      : [`${describeObject(configMap)} is not named by its contents`]),
  ]);

/** No object before its namespace, no pod before the policies of all namespaces. */
export const orderIsSafe: Invariant = ({ recording }) => {
  const namespaces = objects(recording, "Namespace");
  const policies = objects(recording, "NetworkPolicy");
  const makers = new Set(podOwners(recording).map(({ resource }) => resource.urn));
  return objects(recording).flatMap((object) => {
    const before = comesAfter(recording, object.resource);
    const wanted = [
      ...namespaces.filter(({ name }) => name === object.namespace),
      ...(makers.has(object.resource.urn) ? policies : []),
    ];
    return wanted
      .filter(({ resource }) => !before.has(resource.urn))
      .map((missing) => `${describeObject(object)} does not wait for ${describeObject(missing)}`);
  });
};

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
