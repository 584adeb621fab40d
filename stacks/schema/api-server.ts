import { z } from "zod";
import { cidrSchema } from "./cidr.ts";

/**
 * The addresses of the Kubernetes API, for network policies, which cannot use its name.
 * @param whom the pods that call it, and that it calls
 * @param who the same, in one word
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
        .describe("The port of the API server behind its Service. Port 443 is also open.")
        .meta({ example: "6443" }),
    })
    .prefault({})
    .describe(`Where ${who} the Kubernetes API.`);
