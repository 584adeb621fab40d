import * as pulumi from "@pulumi/pulumi";
import type { OnePasswordField } from "../core/credential/source.ts";
import { type Item, valueOfField } from "./item.ts";

/**
 * The plugin of the npm package `@1password/pulumi-onepassword` 1.1.3. The package itself is not a dependency:
 * every user would have to download the plugin, including users without 1Password.
 */
const PLUGIN = {
  version: "1.1.3",
  pluginDownloadURL: "github://api.github.com/1Password/pulumi-onepassword",
} as const;

/** How the program itself authenticates to 1Password. */
export type ReaderAccess =
  /** Needs the `op` command on the machine that runs Pulumi. */
  | { readonly serviceAccountToken: pulumi.Output<string> }
  | {
      /** Address of a Connect server that is reachable from the machine that runs Pulumi. */
      readonly url: string;
      readonly token: pulumi.Output<string>;
    };

/** Reads items while the program runs, also in previews. */
export class OnePasswordReader extends pulumi.ProviderResource {
  constructor(name: string, access: ReaderAccess, opts?: pulumi.ResourceOptions) {
    const inputs =
      "url" in access
        ? { url: access.url, token: pulumi.secret(access.token) }
        : { serviceAccountToken: pulumi.secret(access.serviceAccountToken) };
    super("onepassword", name, inputs, pulumi.mergeOptions(opts, PLUGIN));
  }
}

/** A 1Password id. Any other text is a title. */
const ID = /^[a-z0-9]{26}$/;

/** The value of one field, as a secret. */
export function readField(reader: OnePasswordReader, field: OnePasswordField): pulumi.Output<string> {
  const opts = { provider: reader };
  const vault = ID.test(field.vault)
    ? pulumi.output(field.vault)
    : pulumi.runtime
        .invokeOutput<{ readonly uuid: string }>(
          "onepassword:index/getVault:getVault",
          { name: field.vault },
          opts,
        )
        .apply(({ uuid }) => uuid);
  const item = pulumi.runtime.invokeOutput<Item>(
    "onepassword:index/getItem:getItem",
    { vault, ...(ID.test(field.item) ? { uuid: field.item } : { title: field.item }) },
    opts,
  );
  return pulumi.secret(item.apply((found) => valueOfField(found, field)));
}
