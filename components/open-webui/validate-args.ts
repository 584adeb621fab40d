import type { ArgumentProblem } from "../core/invalid-args.ts";
import type { OpenWebUiArgs } from "./args.ts";

/** Problems with the arguments of Open WebUI; empty if they are valid. */
export function validateOpenWebUiArgs(args: OpenWebUiArgs): ArgumentProblem[] {
  const { adminEmail, publicUrl, exposure, replicas = 1, redis, storage } = args;
  return [
    ...(isEmail(adminEmail) ? [] : [{ propertyPath: "adminEmail", reason: "must be an e-mail address" }]),
    ...(publicUrl === undefined || isOrigin(publicUrl)
      ? []
      : [{ propertyPath: "publicUrl", reason: "must be like https://chat.example.org, without a path" }]),
    ...(publicUrl === undefined && exposure !== undefined && exposure.kind !== "none"
      ? [
          {
            propertyPath: "publicUrl",
            reason: `is required with an exposure (${exposure.kind}): events for any other address are rejected`,
          },
        ]
      : []),
    ...(replicas > 1 && redis === undefined
      ? [
          {
            propertyPath: "redis",
            reason:
              "is required with more than one pod: without it each pod would know only its own sessions",
          },
        ]
      : []),
    ...(replicas > 1 && storage.shared !== true
      ? [
          {
            propertyPath: "storage.shared",
            reason: "is required with more than one pod: without it each pod would find only its own uploads",
          },
        ]
      : []),
    ...(Number.isInteger(storage.storageGi) && storage.storageGi >= 1
      ? []
      : [{ propertyPath: "storage.storageGi", reason: "must be a whole number, at least 1" }]),
  ];
}

/** The same check as in Open WebUI, without characters that need escaping. */
function isEmail(text: string): boolean {
  return /^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$/.test(text);
}

function isOrigin(url: string): boolean {
  return /^https?:\/\//.test(url) && URL.canParse(url) && new URL(url).origin === url;
}
