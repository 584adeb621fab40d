import { z } from "zod";
import { ONEPASSWORD_CHART } from "../../../components/onepassword/chart.ts";
import { apiServerSchema } from "../../schema/api-server.ts";
import { chartKeys } from "../../schema/chart.ts";
import { CONFIG_KEY } from "../../schema/secret-source.ts";

const configKey = z
  .string()
  .regex(CONFIG_KEY, "the name of a config key, in letters and digits; never the token itself")
  .optional();

const apiServer = apiServerSchema("the operator's network policy", "the operator finds");

const reader = z
  .strictObject({
    token: configKey
      .describe(
        "Name of the secret config key that holds the token with which the program itself reads items: of a service account (needs the `op` command on the machine that runs Pulumi) or, with `url`, of a Connect server.",
      )
      .meta({ example: "onepasswordReaderToken" }),
    url: z
      .url({ protocol: /^https?$/, error: "an https:// address" })
      .optional()
      .describe("Address of a Connect server that is reachable from the machine that runs Pulumi.")
      .meta({ example: "https://connect.example.org" }),
  })
  .prefault({})
  .describe("How the program reads the credentials with the source `onepassword`.");

/** 1Password: the operator in the cluster, and the program's own access. */
export const onePasswordSchema = z
  .strictObject({
    mode: z
      .enum(["service-account", "connect"])
      .default("service-account")
      .describe("How the operator connects to 1Password: directly, or through its own Connect server.")
      .meta({ example: "connect" }),
    token: configKey
      .describe(
        "Name of the secret config key that holds the operator's token: of the service account, or of the Connect server.",
      )
      .meta({ example: "onepasswordToken" }),
    credentials: configKey
      .describe(
        "For `connect`: name of the secret config key that holds the contents of `1password-credentials.json`.",
      )
      .meta({ example: "onepasswordCredentials" }),
    pollingIntervalSeconds: z
      .int()
      .min(60)
      .max(86400)
      .default(600)
      .describe("How often the operator checks for changes, in seconds. Service accounts have rate limits.")
      .meta({ example: "600" }),
    apiServer,
    ...chartKeys(ONEPASSWORD_CHART),
    reader,
  })
  .prefault({})
  .describe("1Password: the operator that keeps Secrets up to date, and the program's own access.");

export type OnePasswordConfig = z.output<typeof onePasswordSchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly onepassword: OnePasswordConfig;
  }
  interface Toggles {
    readonly onepassword: boolean;
  }
}
