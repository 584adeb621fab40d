import { type ConfigPath, type ConfigProblem, fixCommand, removeCommand } from "../config-problem.ts";
import type { ExposureConfig } from "../schema/exposure.ts";
import { PUBLIC_URL_EXAMPLE } from "../schema/public-url.ts";

/** A service that people open in their browsers. */
export interface BrowsedService {
  readonly publicUrl?: string | undefined;
  readonly exposure: ExposureConfig;
}

/** The configured address, or undefined for the service's own default. */
export function publicUrlOf({ publicUrl, exposure }: BrowsedService): string | undefined {
  return publicUrl ?? (exposure.host === undefined ? undefined : `https://${exposure.host}`);
}

/** The rules between the address and the exposure of the service at `path`. */
export function publicUrlProblems(
  path: ConfigPath,
  { publicUrl, exposure: { kind, host } }: BrowsedService,
): ConfigProblem[] {
  const own = [...path, "publicUrl"];
  if (publicUrl === undefined) {
    if (kind !== "nodePort" && kind !== "loadBalancer") return [];
    return [
      {
        path: own,
        reason: `is required with an exposure of kind ${kind}: requests with any other address are rejected`,
        fix: fixCommand(own, PUBLIC_URL_EXAMPLE),
      },
    ];
  }
  if (host === undefined || publicUrl === `https://${host}`) return [];
  return [
    {
      path: own,
      value: publicUrl,
      reason: `is not the address of the exposure, https://${host}`,
      fix: removeCommand(own),
    },
  ];
}
