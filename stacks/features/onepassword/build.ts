import type * as pulumi from "@pulumi/pulumi";
import { ONEPASSWORD } from "../../../components/onepassword/endpoints.ts";
import type { OnePasswordAccess } from "../../../components/onepassword/args.ts";
import { OnePassword } from "../../../components/onepassword/index.ts";
import type { OnePasswordImages } from "../../../components/onepassword/render-values.ts";
import { chartOf } from "../../schema/chart.ts";
import type { OnePasswordConfig } from "./schema.ts";

/** The arguments from the platform. */
export interface OnePasswordUpstream {
  readonly profile: "dev" | "prod";
  readonly namespace: string;
  /** Every namespace of the stack that has credentials. They must exist before the release. */
  readonly watchNamespaces: readonly string[];
  readonly images: OnePasswordImages;
  readonly configKey: (key: string) => pulumi.Output<string>;
}

/** The operator. Anything with a OnePasswordItem is created after it, because its release contains the definition. */
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
