import { z } from "zod";
import { CLAIMS, ENFORCERS } from "./enforcers.ts";

/** Whether anybody enforces network policies is the cluster's matter: one that nobody enforces is still taken and shown. */
export const networkSchema = z
  .strictObject({
    enforcer: z
      .enum([...CLAIMS, ...Object.keys(ENFORCERS)] as [Enforcement, ...Enforcement[]])
      .default("unknown")
      .describe(
        "Who enforces network policies in the cluster. What is named is looked for in the cluster, and stops the update when it is not there or does not enforce; `confirmed` takes your word, and `simulated` says that no pod really runs. `unknown` is refused in prod without `probe`. `kubectl get daemonsets,configmaps -A -o json | node stacks/detect-enforcer.ts` tells which it is.",
      )
      .meta({ example: "confirmed" }),
    probe: z
      .boolean()
      .default(false)
      .describe(
        "Tries it: before anything else, a Job makes connections that policies allow and forbid, and the update stops when a forbidden one comes about.",
      )
      .meta({ example: "true" }),
  })
  .prefault({})
  .describe("Whether the network policies of the stack are enforced.");

/** What a stack can say about its enforcer. */
export type Enforcement = (typeof CLAIMS)[number] | keyof typeof ENFORCERS;

export type NetworkConfig = z.output<typeof networkSchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly network: NetworkConfig;
  }
}
