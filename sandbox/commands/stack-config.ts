import { isDeepStrictEqual } from "node:util";
import { CommandError, exitCodes } from "./errors.ts";

/** A `Pulumi.<stack>.yaml`: `config` and what the secrets provider keeps beside it. */
export interface StackFile {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly encryptionsalt?: string;
}

export interface StackCopy {
  readonly file: StackFile;
  /** Keys whose value was set in the copy and not in the tracked file. */
  readonly ownKeys: readonly string[];
}

const isSecret = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).some((key) => key === "secure");

/**
 * The sandbox's own copy of a stack file. A passphrase writes `encryptionsalt` into the stack file (engine.md), so
 * the tracked one is never handed to Pulumi. A key follows the tracked file until somebody sets or removes it in the
 * copy, which shows as a difference from `lastTracked`, the tracked file of the time the copy was last written.
 */
export function mergeStackCopy(input: {
  readonly stack: string;
  readonly tracked: StackFile;
  readonly lastTracked: StackFile;
  readonly copy: StackFile;
  readonly sandboxConfig: Readonly<Record<string, string>>;
}): StackCopy {
  const { tracked, lastTracked, copy, sandboxConfig } = input;
  const keys = new Set([tracked, lastTracked, copy].flatMap((file) => Object.keys(file.config ?? {})));
  const config: Record<string, unknown> = {};
  const ownKeys: string[] = [];
  const unreadable: string[] = [];
  for (const key of [...keys].sort()) {
    if (key in sandboxConfig) continue;
    const own = !isDeepStrictEqual(copy.config?.[key], lastTracked.config?.[key]);
    const value = own ? copy.config?.[key] : tracked.config?.[key];
    if (own) ownKeys.push(key);
    if (!own && isSecret(value)) unreadable.push(key);
    if (value !== undefined) config[key] = value;
  }
  if (unreadable.length > 0) {
    throw new CommandError(
      `Pulumi.${input.stack}.yaml has encrypted values that the sandbox has no key for`,
      {
        where: unreadable.join(", "),
        why: "the sandbox has a passphrase of its own, so that no real secret is needed to try the stack",
        fix: "keep secrets out of the tracked file, by a reference to where they are kept",
        exitCode: exitCodes.failed,
      },
    );
  }
  return {
    file: {
      ...(copy.encryptionsalt === undefined ? {} : { encryptionsalt: copy.encryptionsalt }),
      config: { ...config, ...sandboxConfig },
    },
    ownKeys,
  };
}
