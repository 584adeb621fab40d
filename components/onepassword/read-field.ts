import * as pulumi from "@pulumi/pulumi";
import type { OnePasswordField } from "../core/credential/source.ts";
import { type Item, valueOfField } from "./item.ts";

/**
 * The plugin that the npm package `@1password/pulumi-onepassword` 1.1.3 names. The package itself is no dependency: it
 * would make everybody download the plugin, also whoever keeps no secret in 1Password.
 */
const PLUGIN = {
  version: "1.1.3",
  pluginDownloadURL: "github://api.github.com/1Password/pulumi-onepassword",
} as const;

/** How the program itself gets at 1Password. */
export type ReaderAccess =
  /** Needs the `op` command where Pulumi runs. */
  | { readonly serviceAccountToken: pulumi.Output<string> }
  | {
      /** Address of a Connect server that can be reached from where Pulumi runs. */
      readonly url: string;
      readonly token: pulumi.Output<string>;
    };

/** Reads items while the program runs, in previews as well. */
export class OnePasswordReader extends pulumi.ProviderResource {
  constructor(name: string, access: ReaderAccess, opts?: pulumi.ResourceOptions) {
    const inputs =
      "url" in access
        ? { url: access.url, token: pulumi.secret(access.token) }
        : { serviceAccountToken: pulumi.secret(access.serviceAccountToken) };
    super("onepassword", name, inputs, pulumi.mergeOptions(opts, PLUGIN));
  }
}

/** An id of 1Password; anything else is a title. */
const ID = /^[a-z0-9]{26}$/;

/** The value of one field, secret. */
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
