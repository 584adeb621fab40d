import { z } from "zod";
import { IMAGES } from "../../../components/core/images.ts";
import { KEY_NAME, PERIOD } from "../../../components/litellm/keys.ts";
import { PROVIDERS, type Provider } from "../../../components/litellm/models.ts";
import { LITELLM_START_SECONDS } from "../../../components/litellm/pods.ts";
import { CACHE_SCOPES } from "../../../components/litellm/render-config.ts";
import { isPublicHost } from "../../../components/core/network/public-addresses.ts";
import { deliveryKeys } from "../../schema/delivery.ts";
import { exposureSchema } from "../../schema/exposure.ts";
import { modelServerKeys } from "../../schema/model-server.ts";
import { CONFIG_KEY } from "../../schema/secret-source.ts";

/** Each LiteLLM release has a chart with its version, without the `v` (docs/references.md#litellm-chart). */
const OFFICIAL_CHART = {
  source: "oci://ghcr.io/berriai/litellm-helm",
  version: IMAGES.litellm.tag.replace(/^v/, ""),
} as const;

const modelName = z
  .string()
  .min(1)
  .describe("The name that callers use. Two entries with the same name share its requests.")
  .meta({ example: "claude-sonnet" });

const apiKey = z
  .string()
  .regex(CONFIG_KEY, "the name of a config key, in letters and digits; never the key's value");

const usdPerMillionTokens = z.number().min(0).max(100_000);
const price = z
  .strictObject({
    inputPerMillionTokens: usdPerMillionTokens
      .describe("US dollars per million tokens of requests.")
      .meta({ example: "0.3" }),
    outputPerMillionTokens: usdPerMillionTokens
      .describe("US dollars per million tokens of responses.")
      .meta({ example: "1.2" }),
  })
  .optional();

const providerModel = z.strictObject({
  name: modelName,
  provider: z
    .enum(Object.keys(PROVIDERS) as [Provider, ...Provider[]])
    .describe("The provider of the model.")
    .meta({ example: "openrouter" }),
  model: z.string().min(1).describe("The provider's own name for the model.").meta({ example: "z-ai/glm-5" }),
  apiKey: apiKey
    .describe("Name of the secret config key that holds the provider's key.")
    .meta({ example: "openrouterApiKey" }),
  apiBase: z
    .url({ protocol: /^https$/, error: "an https:// address" })
    .refine(
      (url) => isPublicHost(new URL(url).hostname),
      "a host on the internet: the network policies of the gateway close private and cluster addresses",
    )
    .optional()
    .describe("Base address of a server with the provider's protocol; the provider's own when left out.")
    .meta({ example: "https://models.example.org/v1" }),
  price: price.describe("Price of the model; the price in LiteLLM's own list when left out."),
});

const selfHostedModel = z.strictObject({
  name: modelName,
  provider: z.literal("self-hosted"),
  model: z.string().min(1).describe("The server's own name for the model.").meta({ example: "qwen3-8b" }),
  apiBase: z
    .url({ protocol: /^https?$/, error: "an http:// or https:// address" })
    .describe("Base address of the server's Service in the cluster. It serves OpenAI's protocol.")
    .meta({ example: "http://vllm.models.svc.cluster.local:8000/v1" }),
  server: z
    .strictObject(modelServerKeys)
    .describe(
      "The pods that serve the model. Network policies admit the gateway and block other pods, which would bypass its budgets.",
    ),
  apiKey: apiKey
    .optional()
    .describe("Name of the secret config key that holds the server's key, if it requires one.")
    .meta({ example: "modelServerKey" }),
  price: price.describe(
    "Price of the model. Without a price, budgets do not limit its use. prod requires a price.",
  ),
});

const mockModel = z.strictObject({
  name: modelName,
  provider: z.literal("mock"),
  response: z.string().min(1).describe("The response to every request.").meta({ example: "Hello." }),
  price: price.describe("A price with which budgets can be tried; no price when left out."),
});

const limits = {
  models: z
    .array(z.string().min(1).meta({ example: "claude-sonnet" }))
    .min(1)
    .optional()
    .describe("Allowed names in the model list; all when left out."),
  budget: z
    .strictObject({
      usd: z.number().positive().max(10_000_000).describe("US dollars per period.").meta({ example: "50" }),
      period: z
        .string()
        .regex(PERIOD, 'a time such as "30d", "12h" or "1mo"')
        .default("30d")
        .describe("After this time the spend is reset to zero.")
        .meta({ example: "30d" }),
    })
    .optional()
    .describe("Maximum spend per period; no limit when left out."),
  requestsPerMinute: z
    .int()
    .min(1)
    .optional()
    .describe("Requests per minute; no limit when left out.")
    .meta({ example: "60" }),
  tokensPerMinute: z
    .int()
    .min(1)
    .optional()
    .describe("Tokens per minute; no limit when left out.")
    .meta({ example: "100000" }),
};

const entryName = z
  .string()
  .regex(KEY_NAME, "lower-case letters, digits and dashes, at most 40, beginning with a letter");

/** The gateway's section of a stack's configuration. */
export const gatewaySchema = z
  .strictObject({
    ...deliveryKeys("LiteLLM", OFFICIAL_CHART, LITELLM_START_SECONDS),
    database: z
      .boolean()
      .default(true)
      .describe(
        "Stores keys, budgets and spend in PostgreSQL. Without it the master key is the only key, and every consumer has a copy of it. Turn it off only in dev.",
      )
      .meta({ example: "true" }),
    failClosed: z
      .boolean()
      .default(true)
      .describe(
        "Rejects a request whose budget or limit cannot be verified because PostgreSQL or Redis is unavailable.",
      )
      .meta({ example: "true" }),
    replicas: z
      .int()
      .min(1)
      .max(50)
      .default(1)
      .describe("Number of pods; the minimum with `autoscale`. More than one needs Redis.")
      .meta({ example: "2" }),
    autoscale: z
      .strictObject({
        maxReplicas: z.int().min(2).max(100).describe("Maximum number of pods.").meta({ example: "6" }),
        cpuPercent: z
          .int()
          .min(10)
          .max(1000)
          .default(60)
          .describe("Target CPU usage of the pods, in percent of their requests.")
          .meta({ example: "60" }),
      })
      .optional()
      .describe("A HorizontalPodAutoscaler sets the number of pods; a fixed number when left out."),
    cacheTtlSeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(0)
      .describe(
        "How long Redis serves the same response to the same request. 0 turns the cache off. Only chat completions, completions, responses and messages are cached, and only if LiteLLM knows every field of the request.",
      )
      .meta({ example: "600" }),
    cacheScope: z
      .enum(CACHE_SCOPES)
      .default("key")
      .describe(
        "Who shares cached responses: the same key, the keys of a team, or every key. With `everyone`, the time of a response shows whether another caller sent the same request.",
      )
      .meta({ example: "team" }),
    adminInterface: z
      .boolean()
      .default(false)
      .describe(
        "Serves LiteLLM's admin pages and all of its management routes, which need the database. When it is off, only the routes that callers and the platform use exist.",
      )
      .meta({ example: "true" }),
    router: z
      .strictObject({
        retries: z
          .int()
          .min(0)
          .max(10)
          .default(2)
          .describe("Number of retries of a failed request.")
          .meta({ example: "2" }),
        timeoutSeconds: z
          .int()
          .min(1)
          .max(3600)
          .default(600)
          .describe("Timeout of a request.")
          .meta({ example: "600" }),
        fallbacks: z
          .record(z.string().min(1), z.array(z.string().min(1).meta({ example: "claude-sonnet" })).min(1))
          .default({})
          .describe("Other models to try, in order, when a model fails: `{ large: [small] }`."),
      })
      .prefault({})
      .describe("Handling of failed requests."),
    models: z
      .array(z.discriminatedUnion("provider", [providerModel, selfHostedModel, mockModel]))
      .default([])
      .describe("The models that callers can use, in the order that they see."),
    teams: z
      .record(entryName, z.strictObject(limits))
      .default({})
      .describe("Limits that several keys share, by the team's name."),
    keys: z
      .record(
        entryName,
        z.strictObject({
          team: entryName
            .optional()
            .describe("The team whose limits apply in addition to those of the key.")
            .meta({ example: "research" }),
          ...limits,
        }),
      )
      .default({})
      .describe(
        "Virtual keys, by name. The name of an application of the platform sets the limits of that application. Any other name creates a key in a Secret of the gateway's namespace, for other callers.",
      ),
    exposure: exposureSchema,
  })
  .prefault({})
  .describe("The LLM gateway.");

/** The gateway's configuration, checked, with every default filled in. */
export type GatewayConfig = z.output<typeof gatewaySchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly gateway: GatewayConfig;
  }
  interface Toggles {
    readonly gateway: boolean;
  }
  interface Credentials {
    readonly postgresLitellm: string;
    readonly redisLitellm: string;
    readonly redisLitellmCache: string;
    readonly litellmMasterKey: string;
    readonly litellmSaltKey: string;
  }
}
