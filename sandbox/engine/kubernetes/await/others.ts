import { deepEqual, mapAt, textAt } from "../../../kubernetes/json.ts";
import { condition, isTrue, READY, waiting } from "./rule.ts";
import type { Rule } from "./rule.ts";

export const quotaRule: Rule = {
  timeoutSeconds: 60,
  decide: ({ object }) =>
    deepEqual(mapAt(object, "spec", "hard"), mapAt(object, "status", "hard"))
      ? READY
      : waiting("the quota controller has not taken the limits over yet"),
};

/** A token for a service account is written into the Secret by a controller. */
export const secretRule: Rule = {
  timeoutSeconds: 5,
  decide: ({ object }) => {
    const isToken = textAt(object, "type") === "kubernetes.io/service-account-token";
    const empty = Object.keys(mapAt(object, "data")).length === 0;
    return isToken && empty ? waiting("the token has not been written into the Secret yet") : READY;
  },
};

/** The official provider retries custom resources until their kind is served. Here the definition waits for that. */
export const definitionRule: Rule = {
  timeoutSeconds: 60,
  decide: ({ object }) => {
    if (isTrue(object, "Established")) return READY;
    const names = condition(object, "NamesAccepted");
    return waiting(names?.status === "False" ? names.message : "the kind is not served yet");
  },
};
