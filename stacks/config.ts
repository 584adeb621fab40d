import { z } from "zod";
import { imageReference, IMAGES, parseImage } from "../components/core/images.ts";
import { describeConfig } from "./config-problem.ts";
import { CREDENTIALS } from "./credentials.ts";
import type { Config, CredentialName, FeatureName, ImageName, Sections, Toggles } from "./feature.ts";
import { FEATURES } from "./features/index.ts";
import { IN_ORDER } from "./plan.ts";
import { ingressControllerSchema } from "./schema/exposure.ts";
import { secretSourceSchema } from "./schema/secret-source.ts";

/** A Kubernetes name (RFC 1123 label), short enough to be a prefix. */
const PREFIX = /^[a-z][a-z0-9-]{0,19}$/;

const toggles = Object.fromEntries(
  FEATURES.flatMap(({ name, toggle }) =>
    toggle === undefined
      ? []
      : [[name, z.boolean().default(toggle.default).describe(toggle.description).meta({ example: "true" })]],
  ),
) as Record<keyof Toggles, z.ZodDefault<z.ZodBoolean>>;

const sections = Object.fromEntries(IN_ORDER.map(({ name, schema }) => [name, schema])) as {
  [N in FeatureName]: z.ZodType<Sections[N]>;
};

/** The source of each credential. */
export const secretsSchema = z
  .strictObject(
    Object.fromEntries(
      Object.entries(CREDENTIALS).map(([name, description]) => [
        name,
        secretSourceSchema.prefault({}).describe(description),
      ]),
    ) as Record<CredentialName, z.ZodPrefault<typeof secretSourceSchema>>,
  )
  .prefault({})
  .describe("The sources of credentials: for each name, its `source` and what the source needs.");

const image = z
  .string()
  .refine(
    (reference) => parseImage(reference) !== undefined,
    "a whole reference: host, path, exact version, and the digest if there is one (registry.example.org/postgres:18.6@sha256:...)",
  )
  .optional();

/** A key for each workload's image. */
const images = Object.fromEntries(
  (Object.keys(IMAGES) as ImageName[]).map((name) => [
    name,
    image
      .describe(`Instead of \`${imageReference(IMAGES[name])}\`.`)
      .meta({ example: imageReference(IMAGES[name]) }),
  ]),
) as Record<ImageName, typeof image>;

/** The configuration of a stack: types, defaults and documentation of every key. */
export const schema = z.strictObject({
  profile: z
    .enum(["dev", "prod"])
    .default("prod")
    .describe("`prod` protects data from deletion and rejects settings that are only for trials.")
    .meta({ example: "dev" }),
  context: z
    .string()
    .min(1)
    .optional()
    .describe("The kubeconfig context of the cluster. Required: a stack never uses the current context.")
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
    .describe("Prefix of the name of every namespace of the stack.")
    .meta({ example: "llm" }),
  features: z
    .strictObject(toggles)
    .prefault({})
    .describe("The features of the stack. A feature that is off leaves no object behind."),
  images: z
    .strictObject(images)
    .prefault({})
    .describe("Images from a mirror, or pinned by digest, instead of the images of the platform."),
  secrets: secretsSchema,
  ingressController: ingressControllerSchema,
  ...sections,
});
describeConfig(schema);

/** The configuration of a stack, checked, with every default filled in. */
export type PlatformConfig = Config & { readonly context: string };
