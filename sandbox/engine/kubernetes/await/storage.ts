import { nameOf, textAt } from "../../../kubernetes/json.ts";
import { READY, STORAGE_CLASSES, waiting } from "./rule.ts";
import type { Rule } from "./rule.ts";

const TIMEOUT_SECONDS = 300;

export const volumeRule: Rule = {
  timeoutSeconds: TIMEOUT_SECONDS,
  decide: ({ object }) => {
    const phase = textAt(object, "status", "phase") ?? "";
    return ["Available", "Bound"].includes(phase)
      ? READY
      : waiting(`the volume's phase is ${phase || "not set"}`);
  },
};

export const claimRule: Rule = {
  timeoutSeconds: TIMEOUT_SECONDS,
  related: [STORAGE_CLASSES],
  decide: ({ object, related }) => {
    const phase = textAt(object, "status", "phase") ?? "";
    if (phase === "Bound") return READY;
    const className = textAt(object, "spec", "storageClassName") ?? "";
    const storageClass = related(STORAGE_CLASSES).find((candidate) => nameOf(candidate) === className);
    const waitsForPod = textAt(storageClass, "volumeBindingMode") === "WaitForFirstConsumer";
    if (waitsForPod && phase === "Pending") return READY;
    const why = className !== "" && !storageClass ? `: there is no StorageClass ${className}` : "";
    return waiting(`the claim's phase is ${phase || "not set"}${why}`);
  },
};
