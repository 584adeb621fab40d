import { type ConfigPath, type ConfigProblem, fixCommand, removeCommand } from "../../config-problem.ts";
import { configKeyProblems, type SecretsSurroundings } from "../../rules/secrets.ts";
import type { OnePasswordConfig } from "./schema.ts";

/** The rules of the section `onepassword`; `around.operator` is its toggle. */
export function onePasswordProblems(
  config: OnePasswordConfig,
  around: Pick<SecretsSurroundings, "values" | "secretKeys" | "operator">,
): ConfigProblem[] {
  const { reader } = config;
  return [
    ...(around.operator ? operatorProblems(config, around) : []),
    ...(reader.url !== undefined && reader.token === undefined
      ? [required(["reader", "token"], "the Connect server at reader.url requires a token")]
      : []),
    ...configKeyProblems(named([[["onepassword", "reader", "token"], reader.token]]), around),
  ];
}

function operatorProblems(
  { mode, token, credentials, apiServer }: OnePasswordConfig,
  around: Pick<SecretsSurroundings, "values" | "secretKeys">,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (token === undefined)
    problems.push(required(["token"], "the operator authenticates to 1Password with it"));
  if (mode === "connect" && credentials === undefined) {
    problems.push(required(["credentials"], "the Connect server decrypts the vaults with them"));
  }
  if (mode === "service-account" && credentials !== undefined) {
    const path = ["onepassword", "credentials"];
    problems.push({
      path,
      value: credentials,
      reason: "has no effect in service-account mode",
      fix: removeCommand(path),
    });
  }
  if (apiServer.cidrs.length === 0) {
    problems.push({
      path: ["onepassword", "apiServer", "cidrs"],
      reason:
        "is required: the operator calls the Kubernetes API, and network policies deny undeclared addresses",
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
