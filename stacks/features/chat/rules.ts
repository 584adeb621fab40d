import { type ConfigProblem, fixCommand } from "../../config-problem.ts";
import { publicUrlProblems } from "../../rules/public-url.ts";
import type { ChatConfig } from "./schema.ts";

/** The part of a stack's configuration that this feature reads. */
export interface ChatConfigPart {
  readonly features: { readonly redis: boolean };
  readonly chat: ChatConfig;
}

/** The problems between the keys, if the feature is on. Exposures have separate rules. */
export function chatProblems({ features, chat }: ChatConfigPart): ConfigProblem[] {
  return [
    ...(chat.replicas > 1 ? replicaProblems(features, chat) : []),
    ...publicUrlProblems(["chat"], chat),
  ];
}

function replicaProblems(features: ChatConfigPart["features"], chat: ChatConfig): ConfigProblem[] {
  const one = fixCommand(["chat", "replicas"], "1");
  return [
    ...(features.redis
      ? []
      : [
          {
            path: ["chat", "replicas"],
            value: chat.replicas,
            reason: "several pods share sessions and events through Redis",
            fix: `${fixCommand(["features", "redis"], "true")}  (or: ${one})`,
          },
        ]),
    ...(chat.sharedStorage
      ? []
      : [
          {
            path: ["chat", "sharedStorage"],
            value: false,
            reason: `${chat.replicas} pods need a volume that all of them can write to`,
            fix: `${fixCommand(["chat", "sharedStorage"], "true")}  (or: ${one})`,
          },
        ]),
  ];
}
