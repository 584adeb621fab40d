import type { OnePasswordField } from "../core/credential/source.ts";

/** The fields of `getItem`'s result that this file uses (npm @1password/pulumi-onepassword 1.1.3: GetItemResult). */
export interface Item {
  readonly password: string;
  readonly credential: string;
  readonly noteValue: string;
  readonly privateKey: string;
  readonly sections?: readonly Section[];
}

interface Section {
  readonly label: string;
  readonly fields?: readonly { readonly label: string; readonly value: string }[];
}

/** Fields of a category of items, outside of sections. */
const OWN_FIELDS = ["password", "credential", "noteValue", "privateKey"] as const;

/**
 * The value of the field with a label.
 *
 * @throws Error with the existing labels, but no values, if no field or more than one field has the label.
 */
export function valueOfField(item: Item, { vault, item: title, field }: OnePasswordField): string {
  const fields = [
    ...OWN_FIELDS.map((label) => ({ label, value: item[label] })),
    ...(item.sections ?? []).flatMap((section) => section.fields ?? []),
  ].filter(({ value }) => value !== "");
  const [found, ...others] = fields.filter(({ label }) => label === field);
  if (found === undefined || others.length > 0) {
    throw new Error(
      `1Password item "${title}" in vault "${vault}" has ${found === undefined ? "no" : "more than one"} field ` +
        `"${field}" with a value; it has ${fields.map(({ label }) => label).join(", ") || "none"}`,
    );
  }
  return found.value;
}
