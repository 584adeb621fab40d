import { jsonSchema } from "../stacks/config-problem.ts";
import type { Settings } from "./program.ts";

/** One way to configure a stack. */
export interface Variant {
  readonly name: string;
  readonly stack: "dev" | "prod";
  readonly settings: Settings;
}

const OFF = { postgres: { "features.postgres": false }, gateway: { "features.gateway": false } } as const;

/** A model of each kind of address: the provider's own, and another host with a port of its own. */
export const PROVIDER_MODELS = [
  { name: "large", provider: "openrouter", model: "vendor/large", apiKey: "openrouterApiKey" },
  {
    name: "small",
    provider: "openai",
    model: "small",
    apiKey: "smallKey",
    apiBase: "https://models.example.org:8443/v1",
  },
  { name: "canned", provider: "mock", response: "Hello." },
] as const;

/** The stacks as they are committed. */
export const STACKS: readonly Variant[] = [
  { name: "dev", stack: "dev", settings: {} },
  { name: "prod", stack: "prod", settings: {} },
];

/** What somebody may set besides: each differs from its stack as committed, and `test/golden/expected` says in what. */
export const VARIANTS: readonly Variant[] = [
  { name: "dev-gateway-off", stack: "dev", settings: OFF.gateway },
  { name: "dev-database-off", stack: "dev", settings: { "gateway.database": false } },
  { name: "dev-postgres-off", stack: "dev", settings: { ...OFF.postgres, "gateway.database": false } },
  { name: "dev-all-off", stack: "dev", settings: { ...OFF.postgres, ...OFF.gateway } },
  { name: "dev-replicas", stack: "dev", settings: { "gateway.replicas": 3 } },
  { name: "dev-provider-models", stack: "dev", settings: { "gateway.models": PROVIDER_MODELS } },
  {
    name: "dev-storage",
    stack: "dev",
    settings: { "postgres.storageClass": "fast", "postgres.storageGi": 7 },
  },
  {
    name: "dev-images",
    stack: "dev",
    settings: {
      "images.postgres": "mirror.example.org:5000/library/postgres:18.6",
      "images.litellm": `mirror.example.org/berriai/litellm-non_root:v1.108.11@sha256:${"0a".repeat(32)}`,
    },
  },
  { name: "prod-gateway-off", stack: "prod", settings: OFF.gateway },
];

/** Other namespaces: nearly every object differs. */
export const RENAMED: Variant = {
  name: "dev-renamed",
  stack: "dev",
  settings: { namespacePrefix: "team-a" },
};

/** Every combination of the toggles, for both stacks; those that the configuration refuses are among them. */
export const TOGGLE_COMBINATIONS: readonly Variant[] = (["dev", "prod"] as const).flatMap((stack) =>
  combinations(toggles()).map((settings) => ({
    name: `${stack} with ${describeToggles(settings)}`,
    stack,
    settings,
  })),
);

/** Whether a combination of toggles cannot work: a gateway with a database but no server for it, or in prod without one. */
export function isRefused({ stack, settings }: Variant): boolean {
  const gateway = settings["features.gateway"] === true;
  const database = settings["gateway.database"] === true;
  return gateway && (database ? settings["features.postgres"] === false : stack === "prod");
}

/** The features of the schema, so that a new one is covered when it is declared. */
function toggles(): string[] {
  const features = Object.keys(jsonSchema().properties?.["features"]?.properties ?? {});
  return [...features.map((feature) => `features.${feature}`), "gateway.database"];
}

function combinations(keys: readonly string[]): Record<string, boolean>[] {
  return keys.reduce<Record<string, boolean>[]>(
    (sofar, key) =>
      sofar.flatMap((settings) => [true, false].map((value) => ({ ...settings, [key]: value }))),
    [{}],
  );
}

function describeToggles(settings: Readonly<Record<string, boolean>>): string {
  const off = Object.keys(settings).filter((key) => settings[key] === false);
  return off.length === 0 ? "everything on" : `${off.join(", ")} off`;
}
