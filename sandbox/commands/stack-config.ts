import { isDeepStrictEqual } from "node:util";

/** A `Pulumi.<stack>.yaml`: `config` and the data of the secrets provider. */
export interface StackFile {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly encryptionsalt?: string;
}

export interface StackCopy {
  readonly file: StackFile;
  /** Keys that were set in the copy and not in the tracked file. */
  readonly ownKeys: readonly string[];
  /** Encrypted values of the tracked file. The sandbox has its own passphrase and does not use them. */
  readonly unreadableKeys: readonly string[];
}

const isSecret = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).some((key) => key === "secure");

/** A stack file with some values replaced. Sections are merged, lists are replaced. */
export function withOverlay(
  file: StackFile,
  project: string,
  overlay: Readonly<Record<string, unknown>>,
): StackFile {
  const keys = Object.fromEntries(
    Object.entries(overlay).map(([key, value]) => [`${project}:${key}`, value]),
  );
  return { ...file, config: joined(file.config ?? {}, keys) };
}

const isSection = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function joined(
  below: Readonly<Record<string, unknown>>,
  above: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(above).map(([key, value]) => {
    const under = below[key];
    return [key, isSection(under) && isSection(value) ? joined(under, value) : value] as const;
  });
  return { ...below, ...Object.fromEntries(entries) };
}

/**
 * The sandbox's own copy of a stack file. Pulumi writes `encryptionsalt` into the stack file
 * (docs/references.md#pulumi-state), so it never gets the tracked file. A key has the value of the tracked file until it
 * is set or removed in the copy. `lastTracked` is the tracked file when the copy was last written.
 */
export function mergeStackCopy(input: {
  readonly tracked: StackFile;
  readonly lastTracked: StackFile;
  readonly copy: StackFile;
  readonly sandboxConfig: Readonly<Record<string, string>>;
}): StackCopy {
  const { tracked, lastTracked, copy, sandboxConfig } = input;
  const keys = new Set([tracked, lastTracked, copy].flatMap((file) => Object.keys(file.config ?? {})));
  const config: Record<string, unknown> = {};
  const ownKeys: string[] = [];
  const unreadableKeys: string[] = [];
  for (const key of [...keys].sort()) {
    if (key in sandboxConfig) continue;
    const own = !isDeepStrictEqual(copy.config?.[key], lastTracked.config?.[key]);
    const value = own ? copy.config?.[key] : tracked.config?.[key];
    if (own) ownKeys.push(key);
    if (!own && isSecret(value)) unreadableKeys.push(key);
    else if (value !== undefined) config[key] = value;
  }
  return {
    file: {
      ...(copy.encryptionsalt === undefined ? {} : { encryptionsalt: copy.encryptionsalt }),
      config: { ...config, ...sandboxConfig },
    },
    ownKeys,
    unreadableKeys,
  };
}
