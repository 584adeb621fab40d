import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { PlatformConfig } from "../config.ts";
import { PROJECT } from "../config-problem.ts";
import { parseConfig } from "../parse-config.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const CONTEXT = "documentation";
/** An address that is reserved for documentation (RFC 5737). */
const API_SERVER = { cidrs: ["192.0.2.10/32"] };

/** The stacks that the documentation describes. */
export const STACKS = ["dev", "prod"] as const;

/**
 * The committed configuration of a stack, with some keys replaced by `others`. Every secret that it refers to counts as
 * set. Keys of a specific cluster have example values.
 */
export function committedConfig(
  stack: string,
  others: Readonly<Record<string, unknown>> = {},
): PlatformConfig {
  const file = parse(readFileSync(join(ROOT, `Pulumi.${stack}.yaml`), "utf8")) as {
    readonly config: Readonly<Record<string, unknown>>;
  };
  const prefix = `${PROJECT}:`;
  const { cluster = {}, ...postgres } = (file.config[`${prefix}postgres`] ?? {}) as {
    readonly cluster?: object;
  };
  const config: Readonly<Record<string, unknown>> = {
    ...file.config,
    [`${prefix}network`]: { enforcer: "confirmed" },
    [`${prefix}postgres`]: { ...postgres, cluster: { ...cluster, apiServer: API_SERVER } },
    [`${prefix}security`]: withKyvernoAddresses(file.config[`${prefix}security`]),
    ...Object.fromEntries(Object.entries(others).map(([key, value]) => [prefix + key, value])),
  };
  const plain = Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [
        key.slice(prefix.length),
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
  );
  const { models = [] } = (config[`${prefix}gateway`] ?? {}) as {
    readonly models?: readonly { readonly apiKey?: string }[];
  };
  const secrets = models.flatMap(({ apiKey }) => (apiKey === undefined ? [] : [apiKey]));
  return parseConfig({
    values: { context: CONTEXT, ...plain, ...Object.fromEntries(secrets.map((key) => [key, ""])) },
    secretKeys: new Set(secrets),
    contexts: { source: CONTEXT, names: [CONTEXT] },
  });
}

function withKyvernoAddresses(section: unknown = {}): object {
  const { kyverno = {}, ...security } = section as { readonly kyverno?: object };
  return { ...security, kyverno: { ...kyverno, apiServer: API_SERVER } };
}
