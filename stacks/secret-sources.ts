import type * as pulumi from "@pulumi/pulumi";
import type { OnePasswordField, SecretSource } from "../components/core/credential/source.ts";
import type { SecretSourceConfig } from "./schema/secret-source.ts";

/** Readers of values that are not part of the checked configuration. */
export interface SecretReaders {
  readonly configKey: (key: string) => pulumi.Output<string>;
  readonly onePassword: (field: OnePasswordField) => pulumi.Output<string>;
}

/** The sources of the credentials that are not generated. The rules guarantee the keys that a source needs. */
export function secretSources<Name extends string>(
  secrets: Readonly<Record<Name, SecretSourceConfig>>,
  readers: SecretReaders,
): Readonly<Partial<Record<Name, SecretSource>>> {
  return Object.fromEntries(
    Object.entries<SecretSourceConfig>(secrets)
      .filter(([, { source }]) => source !== "generated")
      .map(([name, config]) => [name, secretSource(config, readers)]),
  ) as Partial<Record<Name, SecretSource>>;
}

/** Converts a checked section to a source. */
export function secretSource(config: SecretSourceConfig, readers: SecretReaders): SecretSource {
  const { source, name = "", key = "", vault = "", item = "", field = "", bcryptHashKey } = config;
  const hash = bcryptHashKey === undefined ? {} : { bcryptHash: readers.configKey(bcryptHashKey) };
  switch (source) {
    case "generated":
      return { kind: "generated" };
    case "config":
      return { kind: "config", value: readers.configKey(key), ...hash };
    case "existing":
      return { kind: "existing", name, key, ...hash };
    case "onepassword-operator":
      return { kind: "onepassword-operator", vault, item, field, ...hash };
    case "onepassword":
      return { kind: "config", value: readers.onePassword({ vault, item, field }), ...hash };
  }
}
