import { z } from "zod";
import { modelServerKeys } from "../../schema/model-server.ts";
import { keyAndValue } from "../../schema/names.ts";

/** Model servers in namespaces of others. Direct access to them would bypass the budgets. */
export const inferenceSchema = z
  .array(
    z.strictObject({
      ...modelServerKeys,
      gatewayInNamespace: z
        .array(keyAndValue.meta({ example: "gateway.networking.k8s.io/gateway-name=inference-gateway" }))
        .default([])
        .describe(
          "Labels, each as `key=value`, of the pods of a gateway in the same namespace, through which the server is asked: a Gateway's data plane runs in the Gateway's namespace.",
        ),
    }),
  )
  .default([])
  .describe(
    "Model servers in namespaces that the platform does not make. Network policies let in the gateway and monitoring, and nobody else; the servers of the gateway's own models are guarded without being named here.",
  );

export type InferenceConfig = z.output<typeof inferenceSchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly inference: InferenceConfig;
  }
}
