import { isMap } from "../../kubernetes/json.ts";
import { isPropertyMap, Secret, withoutSecrets } from "../shared/property-values.ts";
import type { PropertyMap } from "../shared/property-values.ts";
import type { CheckFailure } from "../shared/provider.ts";
import { isContents } from "../../kubernetes/kubeconfig.ts";
import type { KubeconfigChoice } from "../../kubernetes/kubeconfig.ts";

/** The provider's options, with the names of the official provider. */
export interface Options extends KubeconfigChoice {
  readonly namespace: string | undefined;
  readonly enablePatchForce: boolean;
  readonly enableConfigMapMutable: boolean;
  readonly enableSecretMutable: boolean;
  readonly upsertExistingObjects: boolean;
  readonly suppressDeprecationWarnings: boolean;
}

const TEXTS = ["kubeconfig", "context", "cluster", "namespace", "clusterIdentifier"];
const FLAGS = [
  "enablePatchForce",
  "enableConfigMapMutable",
  "enableSecretMutable",
  "upsertExistingObjects",
  "suppressDeprecationWarnings",
  "suppressHelmHookWarnings",
];
/** Options that may only have the value that the stand-in always uses. */
const FIXED: Readonly<Record<string, string>> = {
  enableServerSideApply: "true",
  deleteUnreachable: "false",
  skipUpdateUnreachable: "false",
  alwaysRender: "false",
  renderYamlToDirectory: "",
  helmReleaseSettings: "{}",
  kubeClientSettings: "{}",
};
/** Inputs of the engine that are not options. */
const OF_THE_ENGINE = ["version", "pluginDownloadURL", "__internal"];

/** Checks names and fixed values. The options are read when the provider is configured. */
export function checkOptions(inputs: PropertyMap): CheckFailure[] {
  const known = [...TEXTS, ...FLAGS, ...Object.keys(FIXED), ...OF_THE_ENGINE];
  return Object.entries(withoutSecrets(inputs)).flatMap(([property, value]): CheckFailure[] => {
    if (value === undefined || value === null) return [];
    if (!known.includes(property)) {
      return [{ property, reason: "the stand-in kubernetes provider does not know this option" }];
    }
    const only = FIXED[property];
    const given = typeof value === "string" ? value : JSON.stringify(value);
    if (only === undefined || given === only || given === "") return [];
    return [
      { property, reason: `the stand-in kubernetes provider supports only ${only || "leaving it out"}` },
    ];
  });
}

/** Kubeconfig contents include keys, which the official provider stores unencrypted in the state. A path stays readable. */
export function withSecretKubeconfig(inputs: PropertyMap): PropertyMap {
  const { kubeconfig } = inputs;
  const hide = typeof kubeconfig === "string" && isContents(kubeconfig);
  return hide ? { ...inputs, kubeconfig: new Secret(kubeconfig) } : inputs;
}

export function parseOptions(inputs: PropertyMap): Options {
  const plain = withoutSecrets(inputs);
  const text = (name: string): string | undefined => {
    const value = plain[name];
    if (isPropertyMap(value) || isMap(value)) return JSON.stringify(value);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  // The SDK sends flags as JSON text.
  const flag = (name: string): boolean => plain[name] === true || plain[name] === "true";
  return {
    kubeconfig: text("kubeconfig"),
    context: text("context"),
    cluster: text("cluster"),
    namespace: text("namespace"),
    enablePatchForce: flag("enablePatchForce"),
    enableConfigMapMutable: flag("enableConfigMapMutable"),
    enableSecretMutable: flag("enableSecretMutable"),
    upsertExistingObjects: flag("upsertExistingObjects"),
    suppressDeprecationWarnings: flag("suppressDeprecationWarnings"),
  };
}
