import { z } from "zod";
import type { StackFile } from "./stack-config.ts";

const gatewaySchema = z.object({ models: z.array(z.object({ apiKey: z.string().optional() })) });

/** The value for a provider key that is not set in the sandbox. Simulated nodes never call a provider. */
export const PLACEHOLDER = "placeholder-of-the-sandbox";

/** Full config keys of the provider keys that models name and the stack file does not have, sorted. */
export function missingApiKeys(project: string, file: StackFile): string[] {
  const gateway = gatewaySchema.safeParse(file.config?.[`${project}:gateway`]);
  // The program reports invalid configuration.
  const named = gateway.success ? gateway.data.models.flatMap(({ apiKey }) => apiKey ?? []) : [];
  return [...new Set(named.map((key) => `${project}:${key}`))]
    .filter((key) => file.config?.[key] === undefined)
    .sort();
}
