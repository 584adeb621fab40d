import { unpinnedImages } from "../../../components/core/image-rules.ts";
import type { Image } from "../../../components/core/images.ts";
import { type ConfigProblem, fixCommand, removeCommand } from "../../config-problem.ts";
import type { SecurityConfig } from "./schema.ts";

/** What the rules of the section look at. */
export interface SecuritySurroundings {
  readonly security: SecurityConfig;
  /** The images that the stack runs. */
  readonly images: Readonly<Record<string, Image>>;
  /** The namespaces of its tenants, by their names. */
  readonly tenants: Readonly<Record<string, string>>;
}

/** What is wrong between the keys of the section, Kyverno's own left out. Call it when the feature is on. */
export function securityProblems(config: SecuritySurroundings): ConfigProblem[] {
  return [...digestProblems(config), ...queueProblems(config)];
}

function digestProblems({ security, images }: SecuritySurroundings): ConfigProblem[] {
  if (!security.requireDigests) return [];
  const path = ["security", "requireDigests"];
  const mode = ["security", "policies", "pinnedImages"];
  const told = { path, value: true };
  if (security.policies.pinnedImages === "off") {
    return [
      {
        ...told,
        reason: "nothing asks for a digest: security.policies.pinnedImages is off",
        fix: `${fixCommand(mode, "enforce")}  (or: ${removeCommand(path)})`,
      },
    ];
  }
  const unpinned = unpinnedImages(images);
  if (unpinned.length === 0) return [];
  return [
    {
      ...told,
      reason: `would refuse the stack's own images, which are by tag alone: ${unpinned.join(", ")}`,
      fix: `${removeCommand(path)}  (or, where a registry can be reached: make pin-images)`,
    },
  ];
}

function queueProblems({ security, tenants }: SecuritySurroundings): ConfigProblem[] {
  return Object.entries(tenants)
    .filter(([, namespace]) => security.queues[namespace] !== undefined)
    .map(([tenant, namespace]) => {
      const path = ["security", "queues", namespace];
      return {
        path,
        value: security.queues[namespace],
        reason: `is the namespace of a tenant, whose queue is tenants.${tenant}.queue`,
        fix: removeCommand(path),
      };
    });
}
