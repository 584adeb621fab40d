/** How LiteLLM is told where a provider's models are. Source: https://docs.litellm.ai/docs/providers. */
export const PROVIDERS = {
  anthropic: { prefix: "anthropic" },
  gemini: { prefix: "gemini" },
  openai: { prefix: "openai" },
  openrouter: { prefix: "openrouter" },
} as const;

/** A model provider that is reached over the internet. */
export type Provider = keyof typeof PROVIDERS;

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
}

/** A model that LiteLLM itself answers for, always with the same text: for tests and for a first look without an account. */
export interface MockModel {
  readonly name: string;
  readonly provider: "mock";
  readonly response: string;
}

/** One entry of the gateway's model list. */
export type Model = ProviderModel | MockModel;

/** `openrouterApiKey` -> `openrouter-api-key`: objects in a cluster have no capitals in their names. */
export function apiKeySlug(apiKey: string): string {
  return apiKey.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
}

/** Environment variable that holds a provider key. */
export function apiKeyVariable(apiKey: string): string {
  return `API_KEY_${apiKeySlug(apiKey).replaceAll("-", "_").toUpperCase()}`;
}

/** TCP ports outside the cluster that the models need: 443, or what an `apiBase` names; sorted. */
export function egressPorts(models: readonly Model[]): number[] {
  const ports = models.flatMap((model) => (model.provider === "mock" ? [] : [portOf(model.apiBase)]));
  return [...new Set(ports)].sort((a, b) => a - b);
}

function portOf(apiBase: string | undefined): number {
  const port = apiBase === undefined ? "" : new URL(apiBase).port;
  return port === "" ? 443 : Number(port);
}
