import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { checkReleasedPods } from "../core/release/check-pods.ts";
import { releaseOf } from "../core/release/chart.ts";
import type { SecretRef } from "../core/connection.ts";
import { Credential } from "../core/credential/index.ts";
import type { SecretSource } from "../core/credential/source.ts";
import { refuseArguments } from "../core/invalid-args.ts";
import { apiServerAddresses } from "../core/network/api-server.ts";
import { renderAddressEgress } from "../core/network/render-address-egress.ts";
import { TOKENS } from "../core/tokens.ts";
import type { OnePasswordArgs } from "./args.ts";
import { ONEPASSWORD_CHART } from "./chart.ts";
import { ONEPASSWORD, onePasswordEndpoints } from "./endpoints.ts";
import { renderValues } from "./render-values.ts";
import { validateOnePasswordArgs } from "./validate-args.ts";

/** The 1Password operator as a Helm release. It creates Secrets from the items that credentials name. */
export class OnePassword extends pulumi.ComponentResource {
  constructor(name: string, args: OnePasswordArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`OnePassword "${name}"`, validateOnePasswordArgs(args));
    super(TOKENS.OnePassword, name, {}, opts);

    const { access } = args;
    const token = this.#createSecret(`${name}-token`, args, "token", access.token);
    const credentials =
      access.mode === "connect"
        ? this.#createSecret(`${name}-credentials`, args, "1password-credentials.json", access.credentials)
        : undefined;
    const { operator, connect } = onePasswordEndpoints(args.namespace);
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-api-server`,
      renderAddressEgress(`${ONEPASSWORD}-api-server`, operator, apiServerAddresses(args.apiServer)),
      { parent: this },
    );
    const release = new kubernetes.helm.v3.Release(
      `${name}-release`,
      {
        name: ONEPASSWORD,
        namespace: args.namespace,
        ...releaseOf(args.chart ?? ONEPASSWORD_CHART),
        values: renderValues({
          mode: access.mode,
          images: args.images,
          watchNamespaces: args.watchNamespaces,
          pollingIntervalSeconds: args.pollingIntervalSeconds ?? 600,
          token,
          credentials,
        }),
      },
      { parent: this, dependsOn: [policy], protect: args.retain ?? false },
    );
    // The chart's defaults of `applicationName` (charts/connect/values.yaml in 1Password/connect-helm-charts).
    checkReleasedPods(
      name,
      release,
      [
        { name: "onepassword-connect-operator", endpoint: operator },
        ...(access.mode === "connect" ? [{ name: "onepassword-connect", endpoint: connect }] : []),
      ],
      { parent: this },
    );
    this.registerOutputs({ release: release.name });
  }

  /**
   * A token must not be part of the release values, which Helm stores unencrypted in the cluster. The values
   * contain the name of the Secret instead.
   */
  #createSecret(name: string, args: OnePasswordArgs, key: string, source: SecretSource): SecretRef {
    const credential = new Credential(
      name,
      { application: ONEPASSWORD, namespaces: [args.namespace], key, source },
      { parent: this },
    );
    return credential.refIn(args.namespace);
  }
}
