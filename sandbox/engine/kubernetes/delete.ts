import type { DeleteRequest, Operation } from "../shared/provider.ts";
import { annotation, isSet, timeoutSecondsOf } from "./annotations.ts";
import { Bell } from "./await/bell.ts";
import { leaseObject } from "./await/lease.ts";
import { condition } from "./await/rule.ts";
import type { Waiting } from "./await/wait.ts";
import { describePlace } from "./cluster.ts";
import type { Place } from "./cluster.ts";
import { at, groupKindOf, textAt } from "../../kubernetes/json.ts";
import type { KubeObject } from "../../kubernetes/json.ts";
import { placeFromId, typeOf } from "./place.ts";
import type { Target } from "./place.ts";
import { parseType } from "./types.ts";

const TIMEOUT_SECONDS = 600;

/** Kinds that own nothing. A foreground deletion would only wait 0.1 s for the garbage collector. */
const OWN_NOTHING = new Set([
  "/ConfigMap",
  "/LimitRange",
  "/Namespace",
  "/PersistentVolume",
  "/PersistentVolumeClaim",
  "/ResourceQuota",
  "/Secret",
  "/ServiceAccount",
  "networking.k8s.io/Ingress",
  "networking.k8s.io/NetworkPolicy",
  "policy/PodDisruptionBudget",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "rbac.authorization.k8s.io/Role",
  "rbac.authorization.k8s.io/RoleBinding",
]);

/** Kinds for which skipAwait also skips the wait for the deletion, as in the official provider. */
const SKIP_AWAIT = new Set([
  "/Namespace",
  "/Pod",
  "/ReplicationController",
  "apps/DaemonSet",
  "apps/Deployment",
  "apps/StatefulSet",
  "batch/Job",
]);

/** Deletes the object and waits until it no longer exists. A missing object is no error. */
export async function deleteObject(
  target: Target,
  waiting: Waiting,
  request: DeleteRequest,
  operation: Operation,
): Promise<void> {
  const { oldInputs } = request;
  const { apiVersion, kind } = typeOf(oldInputs, parseType(request.type));
  const resource = await target.cluster.discovery.find(apiVersion, kind);
  if (!resource) return;
  const place = placeFromId(target, resource, request.id);
  const groupKind = groupKindOf({ apiVersion, kind });
  const policy = propagationPolicy(annotation(oldInputs, "deletionPropagationPolicy"), groupKind);
  if (await target.cluster.delete(place, policy)) return;
  if (isSet(oldInputs, "skipAwait") && SKIP_AWAIT.has(groupKind)) return;
  const seconds = timeoutSecondsOf(oldInputs, request.timeoutSeconds, TIMEOUT_SECONDS);
  await waitUntilGone(
    waiting,
    place,
    textAt(request.oldOutputs as KubeObject, "metadata", "uid"),
    seconds,
    operation,
  );
}

function propagationPolicy(wanted: string | undefined, groupKind: string): string {
  switch (wanted?.toLowerCase()) {
    case undefined:
      return OWN_NOTHING.has(groupKind) ? "Background" : "Foreground";
    case "orphan":
      return "Orphan";
    case "background":
      return "Background";
    case "foreground":
      return "Foreground";
    default:
      throw new Error(
        `the annotation pulumi.com/deletionPropagationPolicy is ${JSON.stringify(wanted)}: it must be orphan, background or foreground`,
      );
  }
}

async function waitUntilGone(
  { cluster, informers }: Waiting,
  place: Place,
  uid: string | undefined,
  timeoutSeconds: number,
  { signal, log }: Operation,
): Promise<void> {
  const lease = await leaseObject(informers, cluster, place);
  try {
    const bell = new Bell();
    lease.onChange(bell.ring);
    const deadline = Date.now() + timeoutSeconds * 1000;
    for (;;) {
      const current = lease.get(place.name);
      // A new object with the same name may have been created immediately.
      if (!current || (uid !== undefined && textAt(current, "metadata", "uid") !== uid)) return;
      log.status(remaining(current).at(-1) ?? "waiting until it is gone");
      const wakened = await bell.wait(deadline - Date.now(), signal);
      if (wakened === "rung") continue;
      const head =
        wakened === "canceled"
          ? `the wait for the deletion of ${describePlace(place)} was canceled`
          : `${describePlace(place)} is still there ${timeoutSeconds} s after its deletion`;
      throw new Error([head, ...remaining(current)].join("\n  - "));
    }
  } finally {
    lease.close();
  }
}

const NAMESPACE_CONDITIONS = [
  "NamespaceDeletionDiscoveryFailure",
  "NamespaceDeletionContentFailure",
  "NamespaceContentRemaining",
  "NamespaceFinalizersRemaining",
];

/** What blocks a deletion. */
function remaining(object: KubeObject): string[] {
  const finalizers = at(object, "metadata", "finalizers");
  const conditions = NAMESPACE_CONDITIONS.map((type) => condition(object, type));
  return [
    ...(Array.isArray(finalizers) ? [`waiting for the finalizers ${finalizers.map(String).join(", ")}`] : []),
    ...conditions.flatMap((found) => (found?.status === "True" ? [found.message] : [])),
  ];
}
