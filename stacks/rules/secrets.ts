import { SECRET_KEY } from "../../components/core/credential/validate-args.ts";
import {
  type ConfigPath,
  type ConfigProblem,
  fixCommand,
  formatPath,
  removeCommand,
  secretCommand,
} from "../config-problem.ts";
import type { ConfigSource } from "../config-source.ts";
import type { Config } from "../feature.ts";
import { CONFIG_KEY, type SecretSourceConfig } from "../schema/secret-source.ts";

/** What the rules read in addition to the sources. */
export interface SecretsSurroundings extends Pick<ConfigSource, "values" | "secretKeys"> {
  /** Whether the stack has the 1Password operator. */
  readonly operator: boolean;
  /** Whether the program itself has access to 1Password. */
  readonly reader: boolean;
}

export function secretsAround(
  { features, onepassword }: Config,
  { values, secretKeys }: ConfigSource,
): SecretsSurroundings {
  const { token } = onepassword.reader;
  return { values, secretKeys, operator: features.onepassword, reader: token !== undefined };
}

/** A credential's source, and its path in the configuration. */
export interface PlacedSource {
  readonly path: ConfigPath;
  readonly config: SecretSourceConfig;
  /** A server stores only its bcrypt hash (a NATS user). A value that is not generated needs a configured hash. */
  readonly hashed: boolean;
}

type Kind = SecretSourceConfig["source"];
type Key = Exclude<keyof SecretSourceConfig, "source">;

/** The keys that each source needs. Other keys would have no effect. */
const NEEDS: Readonly<Record<Kind, readonly Key[]>> = {
  generated: [],
  config: ["key"],
  existing: ["name", "key"],
  "onepassword-operator": ["vault", "item", "field"],
  onepassword: ["vault", "item", "field"],
};
const KEYS: readonly Key[] = ["name", "key", "vault", "item", "field", "bcryptHashKey"];

/** The rules of the section `secrets`. */
export function secretsProblems(
  secrets: Readonly<Record<string, SecretSourceConfig>>,
  around: SecretsSurroundings,
): ConfigProblem[] {
  const placed = Object.entries(secrets).map(([name, config]) => ({
    path: ["secrets", name],
    config,
    hashed: false,
  }));
  return secretSourceProblems(placed, around);
}

/** The rules between the keys of sources, for all paths in the configuration. */
export function secretSourceProblems(
  sources: readonly PlacedSource[],
  around: SecretsSurroundings,
): ConfigProblem[] {
  const keys = new Map(
    sources.flatMap(({ path, config }) => configKeysOf(config).map((key) => [key, path] as const)),
  );
  return [
    ...sources.flatMap((source) => [
      ...missingKeys(source),
      ...uselessKeys(source),
      ...labelProblems(source),
      ...accessProblems(source, around),
    ]),
    ...configKeyProblems(keys, around),
  ];
}

/** The secret config keys that a source refers to, if the names are valid. */
export function configKeysOf({ source, key, bcryptHashKey }: SecretSourceConfig): string[] {
  const named = [source === "config" ? key : undefined, source === "generated" ? undefined : bcryptHashKey];
  return named.filter((name) => name !== undefined).filter((name) => CONFIG_KEY.test(name));
}

function neededKeys({ config: { source }, hashed }: PlacedSource): readonly Key[] {
  return [...NEEDS[source], ...(hashed && source !== "generated" ? (["bcryptHashKey"] as const) : [])];
}

function missingKeys(placed: PlacedSource): ConfigProblem[] {
  const { path, config } = placed;
  return neededKeys(placed)
    .filter((key) => config[key] === undefined)
    .map((key) => ({
      path: [...path, key],
      reason:
        key === "bcryptHashKey"
          ? "is required: the server stores the bcrypt hash of this credential, and only generated values get a hash"
          : `is required: the source is ${config.source}`,
      fix: fixCommand([...path, key]),
    }));
}

function uselessKeys(placed: PlacedSource): ConfigProblem[] {
  const { path, config, hashed } = placed;
  return KEYS.filter((key) => config[key] !== undefined && !neededKeys(placed).includes(key)).map((key) => ({
    path: [...path, key],
    value: config[key],
    reason:
      key === "bcryptHashKey" && !hashed
        ? "has no effect: no server stores a hash of this credential"
        : `has no effect on a credential from the source ${config.source}`,
    fix: removeCommand([...path, key]),
  }));
}

function labelProblems({ path, config: { source, key, field } }: PlacedSource): ConfigProblem[] {
  if (source === "config" && key !== undefined && !CONFIG_KEY.test(key)) {
    return [
      {
        path: [...path, "key"],
        reason: "expected the name of a config key in letters and digits, not the value itself",
        fix: fixCommand([...path, "key"]),
      },
    ];
  }
  if (source === "onepassword-operator" && field !== undefined && !SECRET_KEY.test(field)) {
    return [
      {
        path: [...path, "field"],
        value: field,
        reason:
          'expected letters, digits, "-", "_" and ".": the operator turns labels into keys of a Secret and would rewrite this one',
        fix: fixCommand([...path, "field"]),
      },
    ];
  }
  return [];
}

function accessProblems(
  { path, config: { source } }: PlacedSource,
  around: SecretsSurroundings,
): ConfigProblem[] {
  if (source === "onepassword-operator" && !around.operator) {
    return [
      {
        path: ["features", "onepassword"],
        value: false,
        reason: `${formatPath(path)} uses the 1Password operator, which the stack does not have`,
        fix: fixCommand(["features", "onepassword"], "true"),
      },
    ];
  }
  if (source === "onepassword" && !around.reader) {
    return [
      {
        path: ["onepassword", "reader", "token"],
        reason: `is required: ${formatPath(path)} is read from 1Password by the program`,
        fix: fixCommand(["onepassword", "reader", "token"]),
      },
    ];
  }
  return [];
}

/** Keys that are not set, or not as secrets. `keys` has the path that refers to each key. */
export function configKeyProblems(
  keys: ReadonlyMap<string, ConfigPath>,
  { values, secretKeys }: Pick<SecretsSurroundings, "values" | "secretKeys">,
): ConfigProblem[] {
  return [...keys]
    .filter(([key]) => !secretKeys.has(key))
    .map(([key, path]) => ({
      path: [key],
      // The message does not contain a value that is stored in plain text.
      ...(values[key] === undefined ? {} : { value: "[hidden]" }),
      reason:
        values[key] === undefined
          ? `${formatPath(path)} refers to this key, which is not set`
          : `is stored in plain text: ${formatPath(path)} refers to it, and it must be a secret`,
      fix: secretCommand(key),
    }));
}
