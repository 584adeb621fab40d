import type { Feature } from "../../feature.ts";
import { modelServerEndpoint } from "../../schema/model-server.ts";
import { labelsOf } from "../../schema/names.ts";
import { inferenceProblems } from "./rules.ts";
import { inferenceSchema } from "./schema.ts";

/** Existing model servers, and the pods besides the gateway that may connect to them. */
export const inference: Feature<"inference"> = {
  name: "inference",
  schema: inferenceSchema,
  stage: "operators",
  plan: (config) => ({
    edges: config.inference.flatMap((server) => {
      const to = modelServerEndpoint(server);
      const podLabels = labelsOf(server.gatewayInNamespace);
      return server.gatewayInNamespace.length === 0
        ? []
        : [
            {
              from: { outside: { namespace: server.namespace, podLabels } },
              to,
              ports: Object.keys(to.ports),
            },
          ];
    }),
    metrics: config.inference.map(modelServerEndpoint),
  }),
  rules: (config, { made }) =>
    inferenceProblems(
      config,
      made.map(({ namespace }) => namespace),
    ),
};
