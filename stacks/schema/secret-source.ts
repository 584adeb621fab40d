import { z } from "zod";
import { OBJECT_NAME } from "../../components/core/names.ts";

/** The name of a Pulumi config key. */
export const CONFIG_KEY = /^[a-z][A-Za-z0-9]*$/;
const SECRET_KEY = /^[-._a-zA-Z0-9]+$/;

/** The source of one credential. Flat, so that each key can be set separately. */
export const secretSourceSchema = z.strictObject({
  source: z
    .enum(["generated", "config", "existing", "onepassword-operator", "onepassword"])
    .default("generated")
    .describe(
      "`generated` by the program; `config`: a secret key of this configuration; `existing`: a Secret that you maintain; `onepassword-operator`: a Secret that the 1Password operator keeps; `onepassword`: read from 1Password by the program.",
    )
    .meta({ example: "existing" }),
  name: z
    .string()
    .regex(OBJECT_NAME, "the name of a Secret")
    .optional()
    .describe("For `existing`: the name of the Secret in each namespace that needs it.")
    .meta({ example: "my-credentials" }),
  key: z
    .string()
    .regex(SECRET_KEY, 'letters, digits, "-", "_" and "."; never the value itself')
    .optional()
    .describe(
      "For `config`: the name of the secret config key. For `existing`: the key in the Secret. Never the value.",
    )
    .meta({ example: "myPassword" }),
  vault: z
    .string()
    .regex(/^[^/]+$/, "a vault's title or id, without a slash")
    .optional()
    .describe("For 1Password: the vault, by title or id.")
    .meta({ example: "Lab" }),
  item: z
    .string()
    .regex(/^[^/]+$/, "an item's title or id, without a slash")
    .optional()
    .describe("For 1Password: the item, by title or id.")
    .meta({ example: "LiteLLM" }),
  field: z
    .string()
    .min(1)
    .optional()
    .describe("For 1Password: the field's label.")
    .meta({ example: "credential" }),
  bcryptHashKey: z
    .string()
    .regex(CONFIG_KEY, "the name of a config key, in letters and digits; never the hash itself")
    .optional()
    .describe(
      "Name of the secret config key that holds the value's bcrypt hash, if a server stores only the hash. Not for `generated`.",
    )
    .meta({ example: "myPasswordHash" }),
});

export type SecretSourceConfig = z.output<typeof secretSourceSchema>;
