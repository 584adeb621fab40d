import type * as pulumi from "@pulumi/pulumi";
import { ONEPASSWORD } from "../../../components/onepassword/endpoints.ts";
import type { OnePasswordAccess } from "../../../components/onepassword/args.ts";
import { OnePassword } from "../../../components/onepassword/index.ts";
import type { OnePasswordImages } from "../../../components/onepassword/render-values.ts";
import { chartOf } from "../../schema/chart.ts";
import type { OnePasswordConfig } from "./schema.ts";

/** What the platform hands to this feature. */
export interface OnePasswordUpstream {
  readonly profile: "dev" | "prod";
  readonly namespace: string;
  /** Every namespace of the stack that has credentials; they have to be there before the release. */
  readonly watchNamespaces: readonly string[];
  readonly images: OnePasswordImages;
  readonly configKey: (key: string) => pulumi.Output<string>;
}

/** The operator. Whatever may have a OnePasswordItem comes after it: its release brings the definition. */
export function buildOnePassword(
  config: OnePasswordConfig,
  { profile, namespace, watchNamespaces, images, configKey }: OnePasswordUpstream,
  opts: pulumi.ComponentResourceOptions,
): OnePassword {
  return new OnePassword(
    ONEPASSWORD,
    {
      namespace,
      watchNamespaces,
      access: accessOf(config, configKey),
      images,
      apiServer: config.apiServer,
      chart: chartOf(config),
      pollingIntervalSeconds: config.pollingIntervalSeconds,
      retain: profile === "prod",
    },
    opts,
  );
}

function accessOf(
  { mode, token = "", credentials = "" }: OnePasswordConfig,
  configKey: OnePasswordUpstream["configKey"],
): OnePasswordAccess {
  const source = (key: string) => ({ kind: "config", value: configKey(key) }) as const;
  return mode === "connect"
    ? { mode, token: source(token), credentials: source(credentials) }
    : { mode, token: source(token) };
}
