import { z } from "zod";
import { workloadLabels } from "../../components/core/labels.ts";
import type { Endpoint } from "../../components/core/network/endpoint.ts";
import { labelValue, namespaceName } from "./names.ts";

/** The namespace, labels and port of a model server's pods. */
export const modelServerKeys = {
  namespace: namespaceName.describe("Namespace of the pods behind the address.").meta({ example: "models" }),
  application: labelValue.describe("The pods' label `app.kubernetes.io/name`.").meta({ example: "vllm" }),
  component: labelValue
    .describe("The pods' label `app.kubernetes.io/component`.")
    .meta({ example: "server" }),
  port: z
    .int()
    .min(1)
    .max(65535)
    .describe("The container port. Policies see it, not the port of the Service.")
    .meta({ example: "8000" }),
};

/** The pods of an existing model server. They are protected, because direct access would bypass the budgets. */
export function modelServerEndpoint(server: {
  readonly namespace: string;
  readonly application: string;
  readonly component: string;
  readonly port: number;
}): Endpoint {
  const { namespace, application, component, port } = server;
  return {
    namespace,
    podLabels: workloadLabels(application, component),
    ports: { http: port },
    foreign: true,
  };
}
