import type * as pulumi from "@pulumi/pulumi";
import { ONEPASSWORD } from "../../components/onepassword/endpoints.ts";
import type { OnePasswordAccess } from "../../components/onepassword/args.ts";
import { OnePassword } from "../../components/onepassword/index.ts";
import { OnePasswordReader } from "../../components/onepassword/read-field.ts";
import type { OnePasswordImages } from "../../components/onepassword/render-values.ts";
import { type ConfigPath, type ConfigProblem, fixCommand, removeCommand } from "../config-problem.ts";
import type { OnePasswordConfig } from "./onepassword-schema.ts";
import { configKeyProblems, type SecretsSurroundings } from "./secrets.ts";

/** The names of the secret config keys that the section names: the configuration may have these keys. */
export function onePasswordConfigKeys({ token, credentials, reader }: OnePasswordConfig): string[] {
  return [token, credentials, reader.token].filter((key) => key !== undefined);
}

/** The rules of the section `onepassword`; `around.operator` is its toggle. */
export function onePasswordProblems(
  config: OnePasswordConfig,
  around: Pick<SecretsSurroundings, "values" | "secretKeys" | "operator">,
): ConfigProblem[] {
  const { reader } = config;
  return [
    ...(around.operator ? operatorProblems(config, around) : []),
    ...(reader.url !== undefined && reader.token === undefined
      ? [required(["reader", "token"], "the Connect server at reader.url wants one")]
      : []),
    ...configKeyProblems(named([[["onepassword", "reader", "token"], reader.token]]), around),
  ];
}

function operatorProblems(
  { mode, token, credentials, apiServer }: OnePasswordConfig,
  around: Pick<SecretsSurroundings, "values" | "secretKeys">,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (token === undefined) problems.push(required(["token"], "the operator shows it to 1Password"));
  if (mode === "connect" && credentials === undefined) {
    problems.push(required(["credentials"], "the Connect server decrypts the vaults with them"));
  }
  if (mode === "service-account" && credentials !== undefined) {
    const path = ["onepassword", "credentials"];
    problems.push({
      path,
      value: credentials,
      reason: "has no effect in the mode service-account",
      fix: removeCommand(path),
    });
  }
  if (apiServer.cidrs.length === 0) {
    problems.push({
      path: ["onepassword", "apiServer", "cidrs"],
      reason:
        "is required: the operator calls the Kubernetes API, and network policies deny all that is not named",
      fix: `${fixCommand(["onepassword", "apiServer", "cidrs", 0], "<address>/32")}  (kubectl get endpointslices -n default)`,
    });
  }
  return [
    ...problems,
    ...configKeyProblems(
      named([
        [["onepassword", "token"], token],
        [["onepassword", "credentials"], mode === "connect" ? credentials : undefined],
      ]),
      around,
    ),
  ];
}

function required(key: readonly string[], why: string): ConfigProblem {
  const path = ["onepassword", ...key];
  return { path, reason: `is required: ${why}`, fix: fixCommand(path) };
}

function named(keys: readonly (readonly [ConfigPath, string | undefined])[]): Map<string, ConfigPath> {
  return new Map(keys.flatMap(([path, key]) => (key === undefined ? [] : [[key, path] as const])));
}

/** What the platform hands to this feature. */
export interface OnePasswordUpstream {
  readonly profile: "dev" | "prod";
  readonly namespace: string;
  /** Every namespace of the stack that has credentials; they have to be there before the release. */
  readonly watchNamespaces: readonly string[];
  readonly images: OnePasswordImages;
  readonly configKey: (key: string) => pulumi.Output<string>;
}

/** The operator. Whatever may have a OnePasswordItem comes after it: its release brings the definition. */
export function buildOnePassword(
  config: OnePasswordConfig,
  { profile, namespace, watchNamespaces, images, configKey }: OnePasswordUpstream,
  opts: pulumi.ComponentResourceOptions,
): OnePassword {
  const { chart, version, repository } = config;
  return new OnePassword(
    ONEPASSWORD,
    {
      namespace,
      watchNamespaces,
      access: accessOf(config, configKey),
      images,
      apiServer: config.apiServer,
      chart: { chart, version, ...(isName(chart) ? { repository } : {}) },
      pollingIntervalSeconds: config.pollingIntervalSeconds,
      retain: profile === "prod",
    },
    opts,
  );
}

/** The program's own access. Made only where a credential is read: it needs a plugin that not everybody has. */
export function buildOnePasswordReader(
  { reader: { token = "", url } }: OnePasswordConfig,
  configKey: OnePasswordUpstream["configKey"],
): OnePasswordReader {
  const value = configKey(token);
  return new OnePasswordReader(
    `${ONEPASSWORD}-reader`,
    url === undefined ? { serviceAccountToken: value } : { url, token: value },
  );
}

function accessOf(
  { mode, token = "", credentials = "" }: OnePasswordConfig,
  configKey: OnePasswordUpstream["configKey"],
): OnePasswordAccess {
  const source = (key: string) => ({ kind: "config", value: configKey(key) }) as const;
  return mode === "connect"
    ? { mode, token: source(token), credentials: source(credentials) }
    : { mode, token: source(token) };
}

/** Not an address, and not a path. */
function isName(chart: string): boolean {
  return !/[/\\]/.test(chart) && !chart.startsWith(".");
}
