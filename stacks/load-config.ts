import * as pulumi from "@pulumi/pulumi";
import type { OnePasswordField } from "../components/core/credential/source.ts";
import type { PlatformConfig } from "./config.ts";
import { ConfigError, PROJECT } from "./config-problem.ts";
import { readField } from "../components/onepassword/read-field.ts";
import { buildOnePasswordReader } from "./features/onepassword/reader.ts";
import { readKubeContexts } from "./kubeconfig.ts";
import { parseConfig } from "./parse-config.ts";
import type { SecretReaders } from "./secret-sources.ts";

/** The SDK exports this but marks it internal, so its types do not have it. No public API returns which keys are secret. */
const internalRuntime = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };

/** A stack's plain configuration, and the readers for the rest. */
export interface LoadedConfig {
  readonly config: PlatformConfig;
  readonly readers: SecretReaders;
}

/**
 * Reads the configuration of the current stack.
 *
 * @throws pulumi.RunError with every problem at once, before any resource is registered.
 */
export function loadConfig(): LoadedConfig {
  const prefix = `${PROJECT}:`;
  const values = Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
  const secretKeys = new Set(
    Object.keys(values).filter((key) => internalRuntime.isConfigSecret(prefix + key)),
  );
  const contexts = readKubeContexts(values["kubeconfig"], process.env);
  try {
    const config = parseConfig({ values, secretKeys, contexts });
    const project = new pulumi.Config(PROJECT);
    const configKey = (key: string) => project.requireSecret(key);
    return { config, readers: { configKey, onePassword: onePasswordReader(config, configKey) } };
  } catch (error) {
    // A RunError has no stack trace. The user can fix this problem; it is not a bug.
    if (error instanceof ConfigError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

/** Created when the first credential is read, because it needs a plugin that may not be installed. */
function onePasswordReader({ onepassword }: PlatformConfig, configKey: SecretReaders["configKey"]) {
  let reader: ReturnType<typeof buildOnePasswordReader> | undefined;
  return (field: OnePasswordField): pulumi.Output<string> =>
    readField((reader ??= buildOnePasswordReader(onepassword, configKey)), field);
}
