import { textAt } from "../../../kubernetes/json.ts";
import { podProblems } from "./pods.ts";
import { condition, isOwnedBy, isTrue, PODS, READY, waiting } from "./rule.ts";
import type { Rule } from "./rule.ts";

export const jobRule: Rule = {
  timeoutSeconds: 600,
  related: [PODS],
  decide: ({ object, related }) => {
    if (isTrue(object, "Complete")) return READY;
    const problems = related(PODS)
      .filter((pod) => isOwnedBy(pod, object))
      .flatMap(podProblems);
    const failed = condition(object, "Failed");
    if (failed?.status === "True") {
      return {
        state: "failed",
        reasons: [`the Job failed: ${failed.reason}: ${failed.message}`, ...problems],
      };
    }
    const started = textAt(object, "status", "startTime") !== undefined;
    if (started) return waiting(...problems, "the Job is not complete yet");
    return waiting(isTrue(object, "Suspended") ? "the Job is suspended" : "the Job has not started yet");
  },
};
