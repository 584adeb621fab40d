import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { PlatformConfig } from "../stacks/config.ts";
import { parseConfig } from "../stacks/parse-config.ts";
import { PROJECT, record, type RecordOptions, type Recording } from "./harness.ts";

const ROOT = join(import.meta.dirname, "..");

/** Values of a stack's configuration by path without the project's prefix: `{ "features.gateway": false }`; `undefined` unsets. */
export type Settings = Readonly<Record<string, unknown>>;

/** A provider key as a test sets it. */
export const API_KEY = "sk-provider-key-of-the-tests";

export const CONTEXT = "test-cluster";
/** Where its API server is: like the context, that belongs to a cluster and to no stack's file. */
export const API_SERVER_CIDRS = ["192.0.2.10/32"];

/** The configuration of a stack: its own file, what belongs to the test cluster, a value for the provider key, and `settings`. */
export function stackConfig(
  stack: string,
  settings: Settings = {},
): Pick<RecordOptions, "config" | "secretKeys"> {
  const file = parse(readFileSync(join(ROOT, `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  const config = structuredClone(file.config);
  config[`${PROJECT}:context`] = CONTEXT;
  config[`${PROJECT}:network`] ??= { enforcer: "confirmed" };
  const models = (settings["gateway.models"] ?? read(config, "gateway.models")) as
    { apiKey?: string }[] | undefined;
  const apiKeys = [
    ...new Set((models ?? []).flatMap(({ apiKey }) => (apiKey === undefined ? [] : [apiKey]))),
  ];
  for (const apiKey of apiKeys) config[`${PROJECT}:${apiKey}`] = API_KEY;
  if (read(config, "postgres.mode") === "cloudnativepg") {
    write(config, "postgres.cluster.apiServer.cidrs", API_SERVER_CIDRS);
  }
  if (read(config, "security.engine") === "kyverno") {
    write(config, "security.kyverno.apiServer.cidrs", API_SERVER_CIDRS);
  }
  for (const [path, value] of Object.entries(settings)) write(config, path, value);
  return {
    config: Object.fromEntries(
      Object.entries(config)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    ),
    secretKeys: apiKeys.map((apiKey) => `${PROJECT}:${apiKey}`),
  };
}

/** The same configuration, checked and filled in by `stacks/parse-config.ts`. */
export function platformConfig(stack: string, settings: Settings = {}): PlatformConfig {
  const { config = {}, secretKeys = [] } = stackConfig(stack, settings);
  const own = Object.entries(config).flatMap(([key, value]) => {
    const [namespace, name = ""] = key.split(":");
    return namespace === PROJECT ? [[name, value] as const] : [];
  });
  return parseConfig({
    values: Object.fromEntries(own),
    secretKeys: new Set(secretKeys.map((key) => key.slice(PROJECT.length + 1))),
    contexts: { source: "the test kubeconfig", names: [CONTEXT] },
  });
}

let runs = 0;
const recordings = new Map<string, Promise<Recording>>();

/**
 * What the whole program, `index.ts` itself, makes of a stack. Each configuration runs once in a process, when it is
 * first asked for; the recording is frozen, because tests share it.
 */
export async function runStack(
  stack: string,
  settings: Settings = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Recording> {
  const key = JSON.stringify([stack, stackConfig(stack, settings), env]);
  const known = recordings.get(key) ?? runStackAgain(stack, settings, env).then(freeze);
  recordings.set(key, known);
  return known;
}

/** The same from a run of its own, for tests that compare two runs. */
export async function runStackAgain(
  stack: string,
  settings: Settings = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Recording> {
  // A module is evaluated once for each address, so each run has one of its own.
  const address = `../index.ts?run=${String((runs += 1))}`;
  return record(async () => ({ ...((await import(address)) as object) }), {
    stack,
    env,
    ...stackConfig(stack, settings),
  });
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

function read(config: Record<string, unknown>, path: string): unknown {
  const [first = "", ...rest] = path.split(".");
  return rest.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    config[`${PROJECT}:${first}`],
  );
}

function write(config: Record<string, unknown>, path: string, value: unknown): void {
  const [first = "", ...rest] = path.split(".");
  const key = `${PROJECT}:${first}`;
  const last = rest.pop();
  if (last === undefined) {
    config[key] = value;
    return;
  }
  config[key] ??= {};
  const section = rest.reduce<Record<string, unknown>>(
    (map, part) => (map[part] ??= {}) as Record<string, unknown>,
    config[key] as Record<string, unknown>,
  );
  section[last] = value;
}
