import { z } from "zod";
import { cidrSchema } from "./cidr.ts";

/**
 * Where the Kubernetes API is, for network policies, which know no name of it.
 * @param whom who calls it, and whom it calls
 * @param who the same, in a word
 */
export const apiServerSchema = (whom: string, who: string) =>
  z
    .strictObject({
      cidrs: z
        .array(cidrSchema("10.0.0.5/32"))
        .default([])
        .describe(
          `Addresses of the Kubernetes API, for ${whom}. \`kubectl get endpointslices -n default\` shows them.`,
        ),
      port: z
        .int()
        .min(1)
        .max(65535)
        .default(6443)
        .describe("Its port, behind its Service; 443 is open besides.")
        .meta({ example: "6443" }),
    })
    .prefault({})
    .describe(`Where ${who} the Kubernetes API.`);
