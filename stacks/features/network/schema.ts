import { z } from "zod";
import { CLAIMS, ENFORCERS } from "./enforcers.ts";

/** A cluster accepts network policies even if no network plugin enforces them. */
export const networkSchema = z
  .strictObject({
    enforcer: z
      .enum([...CLAIMS, ...Object.keys(ENFORCERS)] as [Enforcement, ...Enforcement[]])
      .default("unknown")
      .describe(
        "The network plugin that enforces network policies. The update looks for it in the cluster, and stops if it is missing or does not enforce. `confirmed` states that you checked it. `simulated` states that no containers run. prod rejects `unknown` without `probe`. `kubectl get daemonsets,configmaps -A -o json | node stacks/detect-enforcer.ts` detects it.",
      )
      .meta({ example: "confirmed" }),
    probe: z
      .boolean()
      .default(false)
      .describe(
        "Tests the enforcement. Before anything else, a Job tries allowed and forbidden connections. The update stops if a forbidden connection succeeds.",
      )
      .meta({ example: "true" }),
  })
  .prefault({})
  .describe("Whether the network policies of the stack are enforced.");

/** The values of `network.enforcer`. */
export type Enforcement = (typeof CLAIMS)[number] | keyof typeof ENFORCERS;

export type NetworkConfig = z.output<typeof networkSchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly network: NetworkConfig;
  }
}
