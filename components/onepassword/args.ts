import type { ChartSource } from "../core/release/chart.ts";
import type { SecretSource } from "../core/credential/source.ts";
import type { ApiServer } from "../core/network/api-server.ts";
import type { OnePasswordImages } from "./render-values.ts";

/** How the operator authenticates to 1Password. */
export type OnePasswordAccess =
  | { readonly mode: "service-account"; readonly token: SecretSource }
  | {
      readonly mode: "connect";
      /** The token of the Connect server. */
      readonly token: SecretSource;
      /** The contents of `1password-credentials.json`. */
      readonly credentials: SecretSource;
    };

/** Arguments of {@link OnePassword}. */
export interface OnePasswordArgs {
  /** Namespace for the operator only. A cluster can have one operator. */
  readonly namespace: string;
  /**
   * The namespaces that may contain OnePasswordItems. The operator gets rights on the Secrets of these namespaces
   * only.
   */
  readonly watchNamespaces: readonly string[];
  readonly access: OnePasswordAccess;
  readonly images: OnePasswordImages;
  readonly apiServer: ApiServer;
  /** @default {@link ONEPASSWORD_CHART} */
  readonly chart?: ChartSource;
  /**
   * How often the operator checks 1Password for changes, in seconds. Service accounts have rate limits.
   * @default 600
   */
  readonly pollingIntervalSeconds?: number;
  /**
   * Protects the release: without the operator no Secret follows its item. Items and Secrets stay, because the
   * CustomResourceDefinition is in the chart's folder `crds`, which Helm installs once, and neither updates nor removes.
   * @default false
   */
  readonly retain?: boolean;
}
