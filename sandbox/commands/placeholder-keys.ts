import { z } from "zod";
import type { StackFile } from "./stack-config.ts";

const gatewaySchema = z.object({ models: z.array(z.object({ apiKey: z.string().optional() })) });

/** What stands for a provider key that nobody gave the sandbox: no provider is ever called from simulated nodes. */
export const PLACEHOLDER = "placeholder-of-the-sandbox";

/** Config keys of provider keys that the models name and the stack file does not have, in full, sorted. */
export function missingApiKeys(project: string, file: StackFile): string[] {
  const gateway = gatewaySchema.safeParse(file.config?.[`${project}:gateway`]);
  // What does not fit is the program's to tell.
  const named = gateway.success ? gateway.data.models.flatMap(({ apiKey }) => apiKey ?? []) : [];
  return [...new Set(named.map((key) => `${project}:${key}`))]
    .filter((key) => file.config?.[key] === undefined)
    .sort();
}
