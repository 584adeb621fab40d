import type * as pulumi from "@pulumi/pulumi";

/** Where a secret value comes from. A value itself is only ever a secret Output. */
export type SecretSource =
  /** Made by the program: 48 letters and digits. */
  | {
      readonly kind: "generated";
      /**
       * Text before them, for applications that demand one. Whoever brings a value of his own brings it whole.
       * @default ""
       */
      readonly prefix?: string;
    }
  /** Read by the program: from a secret key of the stack's configuration, or from a password manager. */
  | ({ readonly kind: "config"; readonly value: pulumi.Output<string> } & GivenHash)
  /** A key of a Secret that somebody else keeps, by that name in every namespace that needs it. */
  | ({ readonly kind: "existing"; readonly name: string; readonly key: string } & GivenHash)
  /** A field of an item that the 1Password operator brings into a Secret, and keeps up to date there. */
  | ({ readonly kind: "onepassword-operator" } & OnePasswordField & GivenHash);

/** One field of an item in a vault of 1Password. */
export interface OnePasswordField {
  /** Title or id. */
  readonly vault: string;
  /** Title or id. */
  readonly item: string;
  /** The field's label. */
  readonly field: string;
}

interface GivenHash {
  /**
   * The value's bcrypt hash, for a server that is to know no more: the program makes none itself.
   * @default none
   */
  readonly bcryptHash?: pulumi.Output<string>;
}

/** A source whose value begins with a text if the program makes it. */
export function generatedWith(prefix: string, source: SecretSource = { kind: "generated" }): SecretSource {
  return source.kind === "generated" ? { ...source, prefix } : source;
}

/** Whether the program has the value, or only its place. */
export function isSeen({ kind }: SecretSource): boolean {
  return kind === "generated" || kind === "config";
}

/** What a credential that is written once was first made from, without telling its value. */
export function describeSource(source: Exclude<SecretSource, { kind: "generated" | "config" }>): string {
  return source.kind === "existing"
    ? `existing ${source.name}/${source.key}`
    : `onepassword-operator ${itemPath(source)} ${source.field}`;
}

/** How the 1Password operator names an item. */
export function itemPath({ vault, item }: Pick<OnePasswordField, "vault" | "item">): string {
  return `vaults/${vault}/items/${item}`;
}
