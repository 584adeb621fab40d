import type * as pulumi from "@pulumi/pulumi";

/** Where a secret value comes from. A value itself is only ever a secret Output. */
export type SecretSource =
  /** Made by the program: 48 letters and digits. */
  | { readonly kind: "generated" }
  /** A secret key of the stack's configuration. */
  | { readonly kind: "config"; readonly value: pulumi.Output<string> }
  /** A key of a Secret that somebody else keeps, by that name in every namespace that needs it. */
  | { readonly kind: "existing"; readonly name: string; readonly key: string };
