import * as pulumi from "@pulumi/pulumi";
import type { OnePasswordField } from "../components/core/credential/source.ts";
import type { PlatformConfig } from "./config.ts";
import { ConfigError, PROJECT } from "./config-problem.ts";
import { readField } from "../components/onepassword/read-field.ts";
import { buildOnePasswordReader } from "./features/onepassword/reader.ts";
import { readKubeContexts } from "./kubeconfig.ts";
import { parseConfig } from "./parse-config.ts";
import type { SecretReaders } from "./secret-sources.ts";

/** The SDK exports this and marks it internal, so its types leave it out; nothing public tells which keys are secret. */
const internalRuntime = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };

/** A stack's configuration: what is plain, and how the rest is read. */
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
    // A RunError is shown without a stack trace: this is the user's to mend, not a bug.
    if (error instanceof ConfigError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

/** Made when the first credential is read through it: it needs a plugin that not everybody has. */
function onePasswordReader({ onepassword }: PlatformConfig, configKey: SecretReaders["configKey"]) {
  let reader: ReturnType<typeof buildOnePasswordReader> | undefined;
  return (field: OnePasswordField): pulumi.Output<string> =>
    readField((reader ??= buildOnePasswordReader(onepassword, configKey)), field);
}
