import { annotationOf, at, listAt, nameOf, numberAt, textAt } from "../../../kubernetes/json.ts";
import type { KubeObject } from "../../../kubernetes/json.ts";
import { podProblems } from "./pods.ts";
import { CLAIMS, condition, isOwnedBy, isTrue, PODS, REPLICA_SETS, waitingFor } from "./rule.ts";
import type { Rule, View } from "./rule.ts";

const TIMEOUT_SECONDS = 600;
const REVISION = "deployment.kubernetes.io/revision";

export const deploymentRule: Rule = {
  timeoutSeconds: TIMEOUT_SECONDS,
  related: [REPLICA_SETS, PODS, CLAIMS],
  decide: ({ object, related }) => {
    if (!isObserved(object)) return waitingFor(["the controller has not seen the change yet"]);
    const revision = annotationOf(object, REVISION);
    const replicaSet = related(REPLICA_SETS).find(
      (candidate) => isOwnedBy(candidate, object) && annotationOf(candidate, REVISION) === revision,
    );
    const wanted = numberAt(object, "spec", "replicas") ?? 1;
    const ready = numberAt(replicaSet, "status", "readyReplicas") ?? 0;
    const progressing = condition(object, "Progressing");
    const replicaFailure = condition(object, "ReplicaFailure");
    const pods = related(PODS).filter((pod) => isOwnedBy(pod, replicaSet));
    return waitingFor([
      ...(replicaFailure?.status === "True" ? [replicaFailure.message] : []),
      ...(progressing?.status === "False" ? [progressing.message] : []),
      ...(ready < wanted ? [`${ready} of ${wanted} replicas are ready`, ...pods.flatMap(podProblems)] : []),
      ...(isTrue(object, "Available") ? [] : ["minimum availability is not reached"]),
      ...(revision !== "1" && progressing?.reason !== "NewReplicaSetAvailable"
        ? ["the new ReplicaSet is not rolled out yet"]
        : []),
      ...unboundClaims(object, related(CLAIMS)),
    ]);
  },
};

function unboundClaims(workload: KubeObject, claims: readonly KubeObject[]): string[] {
  const named = listAt(workload, "spec", "template", "spec", "volumes").map((volume) =>
    textAt(volume, "persistentVolumeClaim", "claimName"),
  );
  return claims
    .filter((claim) => named.includes(nameOf(claim)) && textAt(claim, "status", "phase") !== "Bound")
    .map((claim) => `PersistentVolumeClaim ${nameOf(claim)} is not bound`);
}

export const statefulSetRule: Rule = {
  timeoutSeconds: TIMEOUT_SECONDS,
  related: [PODS],
  decide: ({ object, related }) => {
    if (!isObserved(object)) return waitingFor(["the controller has not seen the change yet"]);
    const wanted = numberAt(object, "spec", "replicas") ?? 1;
    const count = (field: string) => numberAt(object, "status", field) ?? 0;
    const ready = count("readyReplicas");
    const current = textAt(object, "status", "currentRevision");
    const rolledOut =
      current === textAt(object, "status", "updateRevision") && count("currentReplicas") === wanted;
    return waitingFor([
      ...(ready === wanted && count("replicas") === wanted
        ? []
        : [`${ready} of ${wanted} replicas are ready`]),
      ...(rolledOut ? [] : ["the new revision is not rolled out yet"]),
      ...(ready === wanted ? [] : problemsOfOwnPods({ object, related })),
    ]);
  },
};

export const daemonSetRule: Rule = {
  timeoutSeconds: TIMEOUT_SECONDS,
  related: [PODS],
  decide: ({ object, related }) => {
    if (!isObserved(object)) return waitingFor(["the controller has not seen the change yet"]);
    const count = (field: string) => numberAt(object, "status", field) ?? 0;
    const wanted = count("desiredNumberScheduled");
    const onDelete = textAt(object, "spec", "updateStrategy", "type") === "OnDelete";
    const updated = onDelete ? wanted : count("updatedNumberScheduled");
    const missing = [
      ...(updated < wanted ? [`${updated} of ${wanted} pods are of the new version`] : []),
      ...(count("numberAvailable") < wanted
        ? [`${count("numberAvailable")} of ${wanted} pods are available`]
        : []),
    ];
    return waitingFor(missing.length > 0 ? [...missing, ...problemsOfOwnPods({ object, related })] : []);
  },
};

export const replicationControllerRule: Rule = {
  timeoutSeconds: TIMEOUT_SECONDS,
  related: [PODS],
  decide: ({ object, related }) => {
    const wanted = numberAt(object, "spec", "replicas") ?? 1;
    const available = numberAt(object, "status", "availableReplicas") ?? 0;
    if (isObserved(object) && available === wanted) return waitingFor([]);
    return waitingFor([
      `${available} of ${wanted} replicas are available`,
      ...problemsOfOwnPods({ object, related }),
    ]);
  },
};

function problemsOfOwnPods({ object, related }: View): string[] {
  return related(PODS)
    .filter((pod) => isOwnedBy(pod, object))
    .flatMap(podProblems);
}

/** Whether the controller's status is that of the current object. */
function isObserved(object: KubeObject): boolean {
  const observed = at(object, "status", "observedGeneration");
  return typeof observed === "number" && observed >= (numberAt(object, "metadata", "generation") ?? 0);
}
