import { z } from "zod";
import { imageReference, IMAGES, parseImage } from "../components/images.ts";
import { PROVIDERS, type Provider } from "../components/litellm/models.ts";
import { isPublicHost } from "../components/network/public-addresses.ts";

/** A Kubernetes name (RFC 1123 label), short enough to be a prefix. */
const PREFIX = /^[a-z][a-z0-9-]{0,19}$/;
const STORAGE_CLASS = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
/** The name of a Pulumi config key. */
export const CONFIG_KEY = /^[a-z][A-Za-z0-9]*$/;

const modelName = z
  .string()
  .min(1)
  .describe("What callers ask for. Two entries of one name share its traffic.")
  .meta({ example: "claude-sonnet" });

const providerModel = z.strictObject({
  name: modelName,
  provider: z
    .enum(Object.keys(PROVIDERS) as [Provider, ...Provider[]])
    .describe("Who serves the model.")
    .meta({ example: "openrouter" }),
  model: z.string().min(1).describe("The provider's own name for the model.").meta({ example: "z-ai/glm-5" }),
  apiKey: z
    .string()
    .regex(CONFIG_KEY, "the name of a config key, in letters and digits; never the key's value")
    .describe("Name of the secret config key that holds the provider's key.")
    .meta({ example: "openrouterApiKey" }),
  apiBase: z
    .url({ protocol: /^https$/, error: "an https:// address" })
    .refine(
      (url) => isPublicHost(new URL(url).hostname),
      "a host on the internet: the network policies of the gateway close private and cluster addresses",
    )
    .optional()
    .describe(
      "Base address of a server that speaks the provider's protocol; the provider's own when left out.",
    )
    .meta({ example: "https://models.example.org/v1" }),
});

const mockModel = z.strictObject({
  name: modelName,
  provider: z.literal("mock"),
  response: z.string().min(1).describe("The answer to every request.").meta({ example: "Hello." }),
});

const image = z
  .string()
  .refine(
    (reference) => parseImage(reference) !== undefined,
    "a whole reference: host, path, exact version, and the digest if there is one (registry.example.org/postgres:18.6@sha256:...)",
  )
  .optional();

/** A key for each workload's image. */
const images = Object.fromEntries(
  (Object.keys(IMAGES) as (keyof typeof IMAGES)[]).map((name) => [
    name,
    image
      .describe(`In place of \`${imageReference(IMAGES[name])}\`.`)
      .meta({ example: imageReference(IMAGES[name]) }),
  ]),
) as Record<keyof typeof IMAGES, typeof image>;

/** What a stack can be told: the types, the defaults and the documentation of every key. */
export const schema = z.strictObject({
  profile: z
    .enum(["dev", "prod"])
    .default("prod")
    .describe("`prod` protects data from deletion and refuses what is only fit for trying out.")
    .meta({ example: "dev" }),
  context: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The kubeconfig context of the cluster. Required: no stack ever goes to whatever cluster is current.",
    )
    .meta({ example: "my-cluster" }),
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe("Path of the kubeconfig file; `$KUBECONFIG` or `~/.kube/config` when left out.")
    .meta({ example: "/home/me/.kube/config" }),
  namespacePrefix: z
    .string()
    .regex(PREFIX, "lower-case letters, digits and dashes, at most 20, beginning with a letter")
    .default("llm")
    .describe("Begins the name of every namespace of the stack.")
    .meta({ example: "llm" }),
  features: z
    .strictObject({
      postgres: z.boolean().default(true).describe("The PostgreSQL server.").meta({ example: "true" }),
      gateway: z.boolean().default(true).describe("The LLM gateway, LiteLLM.").meta({ example: "true" }),
    })
    .prefault({})
    .describe("What the stack consists of. What is off leaves no object behind."),
  images: z
    .strictObject(images)
    .prefault({})
    .describe("Images from a mirror, or pinned by digest, in place of those that the platform names."),
  postgres: z
    .strictObject({
      storageGi: z
        .int()
        .min(1)
        .max(65536)
        .default(10)
        .describe("Size of the volume, in GiB. It can grow, never shrink.")
        .meta({ example: "20" }),
      storageClass: z
        .string()
        .regex(STORAGE_CLASS, "the name of a StorageClass")
        .optional()
        .describe("StorageClass of the volume; the cluster's default when left out.")
        .meta({ example: "standard" }),
    })
    .prefault({})
    .describe("The PostgreSQL server."),
  gateway: z
    .strictObject({
      database: z
        .boolean()
        .default(true)
        .describe("Keeps keys, budgets and spend in PostgreSQL. Without it the master key is the only key.")
        .meta({ example: "true" }),
      replicas: z.int().min(1).max(50).default(1).describe("Number of pods.").meta({ example: "2" }),
      models: z
        .array(z.discriminatedUnion("provider", [providerModel, mockModel]))
        .default([])
        .describe("The models that callers can ask for, in the order that they see."),
    })
    .prefault({})
    .describe("The LLM gateway."),
});

/** The configuration of a stack, checked, with every default filled in. */
export type PlatformConfig = z.output<typeof schema> & { readonly context: string };
