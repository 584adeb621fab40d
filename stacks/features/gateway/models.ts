import type { Model } from "../../../components/litellm/models.ts";
import { modelServerEndpoint } from "../../schema/model-server.ts";
import type { GatewayConfig } from "./schema.ts";

/** Converts the models to the component's arguments, with the endpoint of a server in the cluster. */
export function modelsOf({ models }: GatewayConfig): Model[] {
  return models.map((model): Model => {
    if (model.provider !== "self-hosted") return model;
    return { ...model, server: modelServerEndpoint(model.server) };
  });
}

/** The names of the secret config keys that the models use, sorted. */
export function modelApiKeys({ models }: Pick<GatewayConfig, "models">): string[] {
  const named = models.flatMap((model) =>
    model.provider === "mock" || model.apiKey === undefined ? [] : [model.apiKey],
  );
  return [...new Set(named)].sort();
}
