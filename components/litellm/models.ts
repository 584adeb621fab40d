import type { Endpoint } from "../core/network/endpoint.ts";

/** The prefixes of providers in LiteLLM's model names. Source: https://docs.litellm.ai/docs/providers. */
export const PROVIDERS = {
  anthropic: { prefix: "anthropic" },
  gemini: { prefix: "gemini" },
  openai: { prefix: "openai" },
  openrouter: { prefix: "openrouter" },
} as const;

/** A model provider on the internet. */
export type Provider = keyof typeof PROVIDERS;

/** The price of a model, in US dollars. */
export interface Price {
  readonly inputPerMillionTokens: number;
  readonly outputPerMillionTokens: number;
}

/** A model that a provider serves. */
export interface ProviderModel {
  /** The name that callers use. */
  readonly name: string;
  readonly provider: Provider;
  /** The provider's own name for the model. */
  readonly model: string;
  /** Name of the provider's key, not its value: an entry of the component's `apiKeys`. */
  readonly apiKey: string;
  /**
   * Base address of a server with the provider's protocol.
   * @default the provider's own
   */
  readonly apiBase?: string | undefined;
  /** @default the price in LiteLLM's own list */
  readonly price?: Price | undefined;
}

/** A model on a server in the cluster with an OpenAI-compatible API (vLLM, TGI, llama.cpp, Ollama). */
export interface SelfHostedModel {
  readonly name: string;
  readonly provider: "self-hosted";
  /** The server's own name for the model. */
  readonly model: string;
  /** Base address of the server's Service, including the port. */
  readonly apiBase: string;
  /** The pods behind that address: network policies match pods and container ports, not Services. */
  readonly server: Endpoint;
  /**
   * Name of the server's key: an entry of the component's `apiKeys`.
   * @default none
   */
  readonly apiKey?: string | undefined;
  /**
   * The price. No price list contains this model, so without a price its use costs 0 and no budget applies
   * (docs/references.md#litellm-prices).
   * @default none
   */
  readonly price?: Price | undefined;
}

/** A model for which LiteLLM always returns the same text: for tests and for a trial without an account. */
interface MockModel {
  readonly name: string;
  readonly provider: "mock";
  readonly response: string;
  /**
   * A price with which budgets can be tried. LiteLLM counts the tokens of the question and of the response.
   * @default none
   */
  readonly price?: Price | undefined;
}

/** One entry of the gateway's model list. */
export type Model = ProviderModel | SelfHostedModel | MockModel;

/** The name of the key that a model needs, if any. */
export function apiKeyOf(model: Model): string | undefined {
  return model.provider === "mock" ? undefined : model.apiKey;
}

/** `openrouterApiKey` -> `openrouter-api-key`: Kubernetes object names are lowercase. */
export function apiKeySlug(apiKey: string): string {
  return apiKey.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
}

/** Environment variable with a provider key. */
export function apiKeyVariable(apiKey: string): string {
  return `API_KEY_${apiKeySlug(apiKey).replaceAll("-", "_").toUpperCase()}`;
}

/** Whether the cost of a model is unknown to budgets: it has no price, and no price list contains it. */
export function isUnpriced(model: {
  readonly provider: string;
  readonly price?: Price | undefined;
}): boolean {
  const { price } = model;
  const isFree =
    price === undefined || (price.inputPerMillionTokens === 0 && price.outputPerMillionTokens === 0);
  return model.provider === "self-hosted" && isFree;
}

/** The servers in the cluster that the models need, without duplicates: targets of the gateway's edges. */
export function modelServers(models: readonly Model[]): Endpoint[] {
  const servers = models.flatMap((model) => (model.provider === "self-hosted" ? [model.server] : []));
  const text = (server: Endpoint) => JSON.stringify(server);
  return servers.filter(
    (server, index) => servers.findIndex((other) => text(other) === text(server)) === index,
  );
}

/** TCP ports outside the cluster that the models need, sorted: 443, or the ports in `apiBase`. */
export function egressPorts(models: readonly Model[]): number[] {
  const ports = models.flatMap((model) =>
    model.provider === "mock" || model.provider === "self-hosted" ? [] : [portOf(model.apiBase)],
  );
  return [...new Set(ports)].sort((a, b) => a - b);
}

function portOf(apiBase: string | undefined): number {
  const port = apiBase === undefined ? "" : new URL(apiBase).port;
  return port === "" ? 443 : Number(port);
}
