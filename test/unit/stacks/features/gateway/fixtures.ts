import { type GatewayConfig, gatewaySchema } from "../../../../../stacks/features/gateway/schema.ts";

export const MOCK = { name: "canned", provider: "mock", response: "Hello." };
export const LARGE = { name: "large", provider: "openrouter", model: "v/large", apiKey: "openrouterApiKey" };
export const HOSTED = {
  name: "hosted",
  provider: "self-hosted",
  model: "qwen",
  apiBase: "http://vllm.models.svc.cluster.local/v1",
  server: { namespace: "models", application: "vllm", component: "server", port: 8000 },
};
export const PRICE = { inputPerMillionTokens: 0.3, outputPerMillionTokens: 1.2 };

export type Input = Readonly<Record<string, unknown>>;
export const parse = (input: Input = {}): GatewayConfig => gatewaySchema.parse({ models: [MOCK], ...input });
