import type { FeatureName } from "../stacks/feature.ts";
import { FEATURES } from "../stacks/features/index.ts";
import { platformConfig, type Settings } from "./program.ts";

/** One way to configure a stack. */
export interface Variant {
  readonly name: string;
  readonly stack: "dev" | "prod";
  readonly settings: Settings;
}

const off = (...features: readonly string[]): Settings =>
  Object.fromEntries(features.map((feature) => [`features.${feature}`, false]));
const DEV = platformConfig("dev");
/** Nothing that dev has on. */
export const EVERYTHING_OFF: Settings = {
  ...off(...Object.entries(DEV.features).flatMap(([feature, isOn]) => (isOn ? [feature] : []))),
  tenants: {},
};
/** A provider off, with the features that cannot be without it. */
export function without(provider: FeatureName): Settings {
  const capability = FEATURES.find(({ name }) => name === provider)?.provides;
  const users = FEATURES.filter(({ plan }) =>
    plan(DEV).uses?.some(
      ({ of, required, offKey }) => of === capability && required !== undefined && offKey === undefined,
    ),
  );
  return off(provider, ...users.map(({ name }) => name));
}
/** The tenant calls the gateway with a virtual key, for which that needs its database. */
const NO_KEY: Settings = { "tenants.lab.gateway": false };
/** Without its database the gateway has one key, so every caller shares its cache. */
const NO_DATABASE: Settings = { "gateway.database": false, "gateway.cacheScope": "everyone" };
const OFF = {
  gateway: { ...without("gateway"), ...NO_KEY },
  database: { ...NO_DATABASE, ...NO_KEY },
  postgres: { ...without("postgres"), ...NO_DATABASE, ...NO_KEY },
} as const;

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

/**
 * Tenants with and without the gateway; servers of models that others run: one of the gateway's own models, named twice, one
 * behind a gateway of its namespace, and one without; and a reader of all metrics.
 */
export const BORDERS: Variant = {
  name: "dev-borders",
  stack: "dev",
  settings: {
    "tracing.metrics": true,
    tenants: { research: { gateway: true, queue: { name: "gpu" } }, support: { gateway: true }, archive: {} },
    "gateway.models": [
      {
        name: "own",
        provider: "self-hosted",
        model: "qwen3-8b",
        apiBase: "http://vllm.models.svc.cluster.local:8000/v1",
        server: { namespace: "models", application: "vllm", component: "server", port: 8000 },
        price: { inputPerMillionTokens: 0.1, outputPerMillionTokens: 0.2 },
      },
    ],
    inference: [
      { namespace: "models", application: "vllm", component: "server", port: 8000 },
      { namespace: "models", application: "vllm", component: "canary", port: 8001 },
      {
        namespace: "serving",
        application: "embeddings",
        component: "server",
        port: 8080,
        gatewayInNamespace: ["gateway.networking.k8s.io/gateway-name=inference-gateway"],
      },
    ],
    monitoring: { namespace: "monitoring", podLabels: ["app.kubernetes.io/name=prometheus"] },
  },
};

/** The enforcement of policies is tried. */
const PROBED: Variant = {
  name: "dev-probed",
  stack: "dev",
  settings: { network: { probe: true } },
};

/** Prod with the platform's own manifests and policies, instead of Helm releases and Kyverno. */
export const PROD_MANIFESTS: Variant = {
  name: "prod-manifests",
  stack: "prod",
  settings: {
    "security.engine": "native",
    "gateway.delivery": "manifests",
    "tracing.delivery": "manifests",
    "tracing.replicas": 2,
  },
};

/** Variants of the committed stacks. `test/golden/expected` has the differences. */
export const VARIANTS: readonly Variant[] = [
  { name: "dev-gateway-off", stack: "dev", settings: OFF.gateway },
  { name: "dev-database-off", stack: "dev", settings: OFF.database },
  { name: "dev-postgres-off", stack: "dev", settings: OFF.postgres },
  { name: "dev-redis-off", stack: "dev", settings: { ...off("redis"), "gateway.cacheTtlSeconds": 0 } },
  { name: "dev-nats-off", stack: "dev", settings: off("nats") },
  { name: "dev-etcd-off", stack: "dev", settings: off("etcd") },
  { name: "dev-tracing-off", stack: "dev", settings: off("tracing") },
  { name: "dev-chat-off", stack: "dev", settings: off("chat") },
  {
    name: "dev-all-off",
    stack: "dev",
    settings: EVERYTHING_OFF,
  },
  { name: "dev-security-off", stack: "dev", settings: off("security") },
  PROD_MANIFESTS,
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
  {
    name: "dev-kueue-off",
    stack: "dev",
    settings: { "features.kueue": false, "tenants.lab.queue": undefined, "tenants.lab.quota.gpus": 0 },
  },
  { name: "prod-gateway-off", stack: "prod", settings: OFF.gateway },
  BORDERS,
  PROBED,
];

/** Other namespaces: nearly every object differs. */
export const RENAMED: Variant = {
  name: "dev-renamed",
  stack: "dev",
  settings: { namespacePrefix: "team-a" },
};

/** The features that stand on one another; each of the others is on or off by itself. */
const JOINED = FEATURES.filter(
  ({ toggle, provides, plan }) =>
    toggle !== undefined && (provides !== undefined || (plan(DEV).uses ?? []).length > 0),
).map(({ name }) => name);

/** Every combination of the toggles that need one another, for both stacks; those that are refused are among them. */
export const TOGGLE_COMBINATIONS: readonly Variant[] = (["dev", "prod"] as const).flatMap((stack) =>
  combinations([...JOINED.map((feature) => `features.${feature}`), "gateway.database"]).map((settings) => ({
    name: `${stack} with ${describeToggles(settings)}`,
    stack,
    settings: {
      ...settings,
      ...(settings["gateway.database"] === true ? {} : NO_DATABASE),
      ...(settings["features.redis"] === true ? {} : { "gateway.cacheTtlSeconds": 0 }),
      ...(settings["features.gateway"] === true && settings["gateway.database"] === true ? {} : NO_KEY),
    },
  })),
);

/** Whether a combination of toggles cannot work. */
export function isRefused({ stack, settings }: Variant): boolean {
  const on = (feature: string): boolean => settings[`features.${feature}`] === true;
  const database = settings["gateway.database"] === true;
  return (
    (on("gateway") && database && !on("postgres")) ||
    (on("gateway") && !database && stack === "prod") ||
    // Two pods of the gateway count limits in Redis.
    (on("gateway") && stack === "prod" && !on("redis")) ||
    (on("tracing") && !on("postgres")) ||
    (on("chat") && (!on("postgres") || !on("gateway")))
  );
}

function combinations(keys: readonly string[]): Record<string, boolean>[] {
  return keys.reduce<Record<string, boolean>[]>(
    (sofar, key) =>
      sofar.flatMap((settings) => [true, false].map((value) => ({ ...settings, [key]: value }))),
    [{}],
  );
}

function describeToggles(settings: Readonly<Record<string, boolean>>): string {
  const without = Object.keys(settings).filter((key) => settings[key] === false);
  return without.length === 0 ? "everything on" : `${without.join(", ")} off`;
}
