import { z } from "zod";
import { CLAIMS, ENFORCERS } from "./network-enforcers.ts";
import { podLabel } from "./exposure-schema.ts";
import { modelServerKeys } from "./gateway-schema.ts";

/** Model servers in namespaces of others. Direct access to them would bypass the budgets. */
export const inferenceSchema = z
  .array(
    z.strictObject({
      ...modelServerKeys,
      gatewayInNamespace: z
        .array(podLabel.meta({ example: "gateway.networking.k8s.io/gateway-name=inference-gateway" }))
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

export const monitoringSchema = z
  .strictObject({
    namespace: modelServerKeys.namespace
      .optional()
      .describe("Namespace of the pods that read metrics.")
      .meta({ example: "monitoring" }),
    podLabels: z
      .array(podLabel.meta({ example: "app.kubernetes.io/name=prometheus" }))
      .default([])
      .describe(
        "Labels of those pods, each as `key=value`: they, and nobody else of their namespace, are let in.",
      ),
  })
  .prefault({})
  .describe("Who reads the metrics of the platform and of the model servers; nobody when left out.");

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

export type InferenceConfig = z.output<typeof inferenceSchema>;
export type MonitoringConfig = z.output<typeof monitoringSchema>;
export type NetworkConfig = z.output<typeof networkSchema>;
