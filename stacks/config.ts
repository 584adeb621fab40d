import { z } from "zod";
import { imageReference, IMAGES, parseImage } from "../components/core/images.ts";
import { chatSchema } from "./features/chat-schema.ts";
import { etcdSchema } from "./features/etcd-schema.ts";
import { ingressControllerSchema } from "./features/exposure-schema.ts";
import { gatewaySchema } from "./features/gateway-schema.ts";
import { inferenceSchema, monitoringSchema, networkSchema } from "./features/isolation-schema.ts";
import { kueueSchema } from "./features/kueue-schema.ts";
import { natsSchema } from "./features/nats-schema.ts";
import { onePasswordSchema } from "./features/onepassword-schema.ts";
import { postgresSchema } from "./features/postgres-schema.ts";
import { redisSchema } from "./features/redis-schema.ts";
import { secretsSchema } from "./features/secrets-schema.ts";
import { securitySchema } from "./features/security-schema.ts";
import { storageSchema } from "./features/storage-schema.ts";
import { tenantsSchema } from "./features/tenants-schema.ts";
import { tracingSchema } from "./features/tracing-schema.ts";

/** A Kubernetes name (RFC 1123 label), short enough to be a prefix. */
const PREFIX = /^[a-z][a-z0-9-]{0,19}$/;

const feature = (isOn: boolean, what: string) =>
  z.boolean().default(isOn).describe(what).meta({ example: "true" });

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
      postgres: feature(true, "The PostgreSQL server."),
      redis: feature(true, "The Redis server, Valkey."),
      nats: feature(false, "The NATS servers."),
      etcd: feature(false, "The etcd cluster."),
      tracing: feature(true, "Traces of language models, Phoenix."),
      gateway: feature(true, "The LLM gateway, LiteLLM."),
      chat: feature(true, "The chat interface, Open WebUI."),
      onepassword: feature(false, "The 1Password operator."),
      storage: feature(false, "StorageClasses on an NFS server."),
      security: feature(false, "Admission policies."),
      kueue: feature(false, "Queues for tenants' workloads. Kueue itself is in the cluster already."),
    })
    .prefault({})
    .describe("What the stack consists of. What is off leaves no object behind."),
  images: z
    .strictObject(images)
    .prefault({})
    .describe("Images from a mirror, or pinned by digest, in place of those that the platform names."),
  secrets: secretsSchema,
  ingressController: ingressControllerSchema,
  security: securitySchema,
  network: networkSchema,
  monitoring: monitoringSchema,
  inference: inferenceSchema,
  onepassword: onePasswordSchema,
  storage: storageSchema,
  postgres: postgresSchema,
  redis: redisSchema,
  nats: natsSchema,
  etcd: etcdSchema,
  tracing: tracingSchema,
  gateway: gatewaySchema,
  chat: chatSchema,
  tenants: tenantsSchema,
  kueue: kueueSchema,
});

/** The configuration of a stack, checked, with every default filled in. */
export type PlatformConfig = z.output<typeof schema> & { readonly context: string };
