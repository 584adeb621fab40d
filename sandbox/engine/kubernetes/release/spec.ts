import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import {
  Asset,
  isPropertyList,
  isPropertyMap,
  Unknown,
  withoutSecrets,
} from "../../shared/property-values.ts";
import type { PropertyMap, PropertyValue } from "../../shared/property-values.ts";
import { peel, peelAt, peelMap, textInput } from "../inputs.ts";

/** Inputs of helm.v3.Release that are one flag of helm, and on which of its commands. */
const FLAGS: Readonly<Record<string, { readonly flag: string; readonly only?: "install" | "upgrade" }>> = {
  atomic: { flag: "--atomic" },
  cleanupOnFail: { flag: "--cleanup-on-fail", only: "upgrade" },
  createNamespace: { flag: "--create-namespace", only: "install" },
  dependencyUpdate: { flag: "--dependency-update" },
  devel: { flag: "--devel" },
  disableOpenapiValidation: { flag: "--disable-openapi-validation" },
  disableWebhooks: { flag: "--no-hooks" },
  forceUpdate: { flag: "--force" },
  renderSubchartNotes: { flag: "--render-subchart-notes" },
  resetValues: { flag: "--reset-values", only: "upgrade" },
  reuseValues: { flag: "--reuse-values", only: "upgrade" },
  skipCrds: { flag: "--skip-crds" },
  takeOwnership: { flag: "--take-ownership" },
};
const OTHERS = [
  "allowNullValues",
  "chart",
  "checksum",
  "compat",
  "description",
  "maxHistory",
  "name",
  "namespace",
  "repositoryOpts",
  "skipAwait",
  "timeout",
  "valueYamlFiles",
  "values",
  "version",
  "waitForJobs",
];

/** Inputs that are rejected instead of ignored. */
export function releaseFailures(inputs: PropertyMap): string[] {
  const unsupported = Object.entries(inputs)
    .filter(([key, value]) => !(key in FLAGS) && !OTHERS.includes(key) && isGiven(value))
    .map(([key]) => `the stand-in provider does not support ${key} of a Release`);
  const repository = Object.keys(peelMap(inputs["repositoryOpts"])).filter((key) => key !== "repo");
  // helm takes them as arguments, which every user of the machine can read.
  const credentials = repository.map((key) => `the stand-in provider does not support repositoryOpts.${key}`);
  const chart = peel(inputs["chart"]);
  const noChart = chart === undefined || chart === "" ? ["chart must be set"] : [];
  return [...unsupported, ...credentials, ...noChart];
}

function isGiven(value: PropertyValue): boolean {
  const plain = peel(value);
  return plain !== undefined && plain !== null && plain !== false && plain !== "";
}

/** The arguments for the chart: a folder or archive, an oci:// address, or a name in a repository. */
export function chartArguments(inputs: PropertyMap): string[] {
  const repo = textInput(inputs, "repositoryOpts", "repo");
  const version = textInput(inputs, "version");
  const chart = textInput(inputs, "chart") ?? "";
  return [
    chart,
    ...(repo === undefined ? [] : ["--repo", repo]),
    // A chart on disk contains its version.
    ...(version === undefined || isLocalChart(chart) ? [] : ["--version", version]),
  ];
}

export function isLocalChart(chart: string): boolean {
  return statSync(chart, { throwIfNoEntry: false }) !== undefined;
}

const TIMEOUT_SECONDS = 300;

export function releaseTimeoutSeconds(inputs: PropertyMap, custom: number | undefined): number {
  const given = peel(inputs["timeout"]);
  return custom ?? (typeof given === "number" && given > 0 ? given : TIMEOUT_SECONDS);
}

/** Arguments for install or upgrade, without the chart and the values. */
export function commandArguments(
  command: "install" | "upgrade",
  inputs: PropertyMap,
  timeoutSeconds: number,
): string[] {
  const isTrue = (key: string) => peel(inputs[key]) === true;
  const flags = Object.entries(FLAGS)
    .filter(([key, { only }]) => isTrue(key) && (only ?? command) === command)
    .map(([, { flag }]) => flag);
  const awaits = isTrue("skipAwait") ? [] : ["--wait", ...(isTrue("waitForJobs") ? ["--wait-for-jobs"] : [])];
  const description = textInput(inputs, "description");
  const maxHistory = peel(inputs["maxHistory"]);
  return [
    ...flags,
    ...awaits,
    "--timeout",
    `${timeoutSeconds}s`,
    ...(description === undefined ? [] : ["--description", description]),
    ...(typeof maxHistory === "number" && command === "upgrade" ? ["--history-max", String(maxHistory)] : []),
  ];
}

/** The contents of values files, in helm's order: first the files, then the values of the program. */
export function valuesFiles(inputs: PropertyMap): string[] {
  const files = peel(inputs["valueYamlFiles"]);
  const assets = isPropertyList(files) ? files.map(peel) : [];
  const texts = assets.map((asset) => {
    if (!(asset instanceof Asset)) throw new Error("valueYamlFiles must be assets");
    const { text, path: file } = asset.content;
    if (text !== undefined) return text;
    if (file === undefined) throw new Error("valueYamlFiles must be files or texts, not addresses");
    return readFileSync(file, "utf8");
  });
  return [...texts, JSON.stringify(valuesOf(inputs))];
}

/** The values of the program, with its secrets. As with the official provider, null values need `allowNullValues`. */
export function valuesOf(inputs: PropertyMap): PropertyMap {
  const values = withoutSecrets(peelMap(inputs["values"]));
  return peel(inputs["allowNullValues"]) === true ? values : peelMap(withoutNulls(values));
}

function withoutNulls(value: PropertyValue): PropertyValue {
  if (isPropertyList(value)) return value.map(withoutNulls);
  if (!isPropertyMap(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutNulls(each)]));
}

/** Changes in a chart on disk are changes of the release, also when its version stays. */
export function chartChecksum(chart: string): string {
  const hash = createHash("sha256");
  const add = (file: string, name: string): void => {
    if (statSync(file).isDirectory()) {
      for (const entry of readdirSync(file).toSorted()) add(path.join(file, entry), `${name}/${entry}`);
    } else hash.update(name).update("\0").update(readFileSync(file)).update("\0");
  };
  add(chart, "");
  return hash.digest("hex");
}

export function isUnknownAt(inputs: PropertyMap, key: string): boolean {
  return peelAt(inputs, key) instanceof Unknown;
}
