import { unpinnedImages } from "../../../components/core/image-rules.ts";
import type { Image } from "../../../components/core/images.ts";
import { type ConfigProblem, fixCommand, removeCommand } from "../../config-problem.ts";
import type { SecurityConfig } from "./schema.ts";

/** What the rules of the section read. */
export interface SecuritySurroundings {
  readonly security: SecurityConfig;
  /** The images that the stack runs. */
  readonly images: Readonly<Record<string, Image>>;
  /** The namespaces of tenants, by the tenant's name. */
  readonly tenants: Readonly<Record<string, string>>;
}

/** The problems between the keys of the section without those of Kyverno, if the feature is on. */
export function securityProblems(config: SecuritySurroundings): ConfigProblem[] {
  return [...digestProblems(config), ...queueProblems(config)];
}

function digestProblems({ security, images }: SecuritySurroundings): ConfigProblem[] {
  if (!security.requireDigests) return [];
  const path = ["security", "requireDigests"];
  const mode = ["security", "policies", "pinnedImages"];
  const key = { path, value: true };
  if (security.policies.pinnedImages === "off") {
    return [
      {
        ...key,
        reason: "has no effect: security.policies.pinnedImages is off",
        fix: `${fixCommand(mode, "enforce")}  (or: ${removeCommand(path)})`,
      },
    ];
  }
  const unpinned = unpinnedImages(images);
  if (unpinned.length === 0) return [];
  return [
    {
      ...key,
      reason: `would reject the stack's own images that have only a tag: ${unpinned.join(", ")}`,
      fix: `${removeCommand(path)}  (or, with access to the registries: make pin-images)`,
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
        reason: `is the namespace of a tenant; set tenants.${tenant}.queue instead`,
        fix: removeCommand(path),
      };
    });
}
