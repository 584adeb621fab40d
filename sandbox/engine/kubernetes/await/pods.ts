import { listAt, nameOf, numberAt, textAt } from "../../../kubernetes/json.ts";
import type { JsonMap, KubeObject } from "../../../kubernetes/json.ts";
import { condition, isTrue, READY, waiting } from "./rule.ts";
import type { Rule } from "./rule.ts";

export const podRule: Rule = {
  timeoutSeconds: 600,
  decide: ({ object }) => {
    if (textAt(object, "status", "phase") === "Succeeded") return READY;
    const missing = ["PodScheduled", "Initialized", "Ready"].filter((type) => !isTrue(object, type));
    if (missing.length === 0) return READY;
    return waiting(...podProblems(object), `the Pod is not ${missing.join(", ")} yet`);
  },
};

/** Normal states of a starting container. */
const ON_ITS_WAY = new Set(["", "ContainerCreating", "PodInitializing"]);

/** Why a pod does not run, in the words of the scheduler and the kubelet. */
export function podProblems(pod: KubeObject): string[] {
  const scheduled = condition(pod, "PodScheduled");
  const unscheduled = scheduled?.status === "False" ? [`not scheduled: ${scheduled.message}`] : [];
  const failed =
    textAt(pod, "status", "phase") === "Failed"
      ? [
          `failed: ${[textAt(pod, "status", "reason"), textAt(pod, "status", "message")].filter(Boolean).join(": ")}`,
        ]
      : [];
  const containers = ["initContainerStatuses", "containerStatuses"].flatMap((list) =>
    listAt(pod, "status", list).flatMap(containerProblem),
  );
  return [...unscheduled, ...failed, ...containers].map((problem) => `Pod ${nameOf(pod)}: ${problem}`);
}

function containerProblem(status: JsonMap): string[] {
  const container = `container ${textAt(status, "name") ?? ""}`;
  const reason = textAt(status, "state", "waiting", "reason") ?? "";
  if (!ON_ITS_WAY.has(reason)) {
    const message = textAt(status, "state", "waiting", "message");
    const image = textAt(status, "image") ?? "";
    const last = exit(status, "lastState");
    const parts = [reason, ...(message ? [message] : []), ...(last ? [`last time it ${last}`] : [])];
    return [`${container} (image ${image}): ${parts.join(": ")}`];
  }
  const exited = exit(status, "state");
  if (exited !== undefined) return [`${container} ${exited}`];
  // Between two crashes it runs, and only its last termination shows why it is not ready.
  const last = exit(status, "lastState");
  const isReady = status["ready"] === true;
  return last !== undefined && !isReady ? [`${container} runs again: last time it ${last}`] : [];
}

function exit(status: JsonMap, state: "state" | "lastState"): string | undefined {
  const code = numberAt(status, state, "terminated", "exitCode");
  if (code === undefined || code === 0) return undefined;
  const reason = textAt(status, state, "terminated", "reason") ?? "Error";
  const message = textAt(status, state, "terminated", "message");
  return `exited with code ${code} (${reason})${message ? `: ${message.trim()}` : ""}`;
}
