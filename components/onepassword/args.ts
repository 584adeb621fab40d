import type { ChartSource } from "../core/release/chart.ts";
import type { SecretSource } from "../core/credential/source.ts";
import type { ApiServer } from "../core/network/api-server.ts";
import type { OnePasswordImages } from "./render-values.ts";

/** What the operator shows to 1Password. */
export type OnePasswordAccess =
  | { readonly mode: "service-account"; readonly token: SecretSource }
  | {
      readonly mode: "connect";
      /** The Connect server's token. */
      readonly token: SecretSource;
      /** The contents of `1password-credentials.json`. */
      readonly credentials: SecretSource;
    };

/** Arguments of {@link OnePassword}. */
export interface OnePasswordArgs {
  /** The operator's own; there is one operator in a Kubernetes cluster. */
  readonly namespace: string;
  /** The namespaces that may have OnePasswordItems: the operator gets rights on the Secrets of these and no others. */
  readonly watchNamespaces: readonly string[];
  readonly access: OnePasswordAccess;
  readonly images: OnePasswordImages;
  readonly apiServer: ApiServer;
  /** @default {@link ONEPASSWORD_CHART} */
  readonly chart?: ChartSource;
  /**
   * How often the operator looks for changes in 1Password, in seconds. Service accounts have rate limits.
   * @default 600
   */
  readonly pollingIntervalSeconds?: number;
  /**
   * Protects the release: with its definitions every OnePasswordItem would go, and every Secret made from one.
   * @default false
   */
  readonly retain?: boolean;
}
