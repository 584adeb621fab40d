import type { Endpoint } from "../core/network/endpoint.ts";

/** How LiteLLM is told where a provider's models are. Source: https://docs.litellm.ai/docs/providers. */
export const PROVIDERS = {
  anthropic: { prefix: "anthropic" },
  gemini: { prefix: "gemini" },
  openai: { prefix: "openai" },
  openrouter: { prefix: "openrouter" },
} as const;

/** A model provider that is reached over the internet. */
export type Provider = keyof typeof PROVIDERS;

/** What a model costs, in US dollars. */
export interface Price {
  readonly inputPerMillionTokens: number;
  readonly outputPerMillionTokens: number;
}

/** A model that a provider serves. */
export interface ProviderModel {
  /** What callers ask for. */
  readonly name: string;
  readonly provider: Provider;
  /** The provider's own name for the model. */
  readonly model: string;
  /** Name of the key (not its value) that the provider wants: an entry of the component's `apiKeys`. */
  readonly apiKey: string;
  /**
   * Base address of a server that speaks the provider's protocol.
   * @default the provider's own
   */
  readonly apiBase?: string | undefined;
  /** @default what LiteLLM's own price list says */
  readonly price?: Price | undefined;
}

/** A model on a server inside the cluster that speaks OpenAI's protocol (vLLM, TGI, llama.cpp, Ollama). */
export interface SelfHostedModel {
  readonly name: string;
  readonly provider: "self-hosted";
  /** The server's own name for the model. */
  readonly model: string;
  /** Base address of the server's Service, its port included. */
  readonly apiBase: string;
  /** The pods behind that address: policies see pods and container ports, never Services. */
  readonly server: Endpoint;
  /**
   * Name of the key that the server wants: an entry of the component's `apiKeys`.
   * @default none
   */
  readonly apiKey?: string | undefined;
  /**
   * No price list has this model, so without a price its use costs nothing and no budget ever ends (systems.md S4.19).
   * @default none
   */
  readonly price?: Price | undefined;
}

/** A model that LiteLLM itself answers for, always with the same text: for tests and for a first look without an account. */
export interface MockModel {
  readonly name: string;
  readonly provider: "mock";
  readonly response: string;
}

/** One entry of the gateway's model list. */
export type Model = ProviderModel | SelfHostedModel | MockModel;

/** The name of the key that a model wants, if it wants one. */
export function apiKeyOf(model: Model): string | undefined {
  return model.provider === "mock" ? undefined : model.apiKey;
}

/** `openrouterApiKey` -> `openrouter-api-key`: objects in a cluster have no capitals in their names. */
export function apiKeySlug(apiKey: string): string {
  return apiKey.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
}

/** Environment variable that holds a provider key. */
export function apiKeyVariable(apiKey: string): string {
  return `API_KEY_${apiKeySlug(apiKey).replaceAll("-", "_").toUpperCase()}`;
}

/** Whether budgets cannot see what a model costs: it has no price, and no price list has it. */
export function isUnpriced(model: {
  readonly provider: string;
  readonly price?: Price | undefined;
}): boolean {
  const { price } = model;
  const isFree =
    price === undefined || (price.inputPerMillionTokens === 0 && price.outputPerMillionTokens === 0);
  return model.provider === "self-hosted" && isFree;
}

/** The servers inside the cluster that the models need, each once: the far ends of the gateway's edges. */
export function modelServers(models: readonly Model[]): Endpoint[] {
  const servers = models.flatMap((model) => (model.provider === "self-hosted" ? [model.server] : []));
  const text = (server: Endpoint) => JSON.stringify(server);
  return servers.filter(
    (server, index) => servers.findIndex((other) => text(other) === text(server)) === index,
  );
}

/** TCP ports outside the cluster that the models need: 443, or what an `apiBase` names; sorted. */
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
