import { z } from "zod";
import { modelServerKeys } from "../../schema/model-server.ts";
import { keyAndValue } from "../../schema/names.ts";

/** Model servers in namespaces outside the platform. Direct access to them would bypass the budgets. */
export const inferenceSchema = z
  .array(
    z.strictObject({
      ...modelServerKeys,
      gatewayInNamespace: z
        .array(keyAndValue.meta({ example: "gateway.networking.k8s.io/gateway-name=inference-gateway" }))
        .default([])
        .describe(
          "Labels, each as `key=value`, of the pods of a gateway in the same namespace that forwards requests to the server. The data plane of a Gateway runs in the namespace of the Gateway.",
        ),
    }),
  )
  .default([])
  .describe(
    "Model servers in namespaces that the platform does not create. Network policies admit only the gateway and monitoring. The servers of the gateway's own models are protected without an entry here.",
  );

export type InferenceConfig = z.output<typeof inferenceSchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly inference: InferenceConfig;
  }
}
