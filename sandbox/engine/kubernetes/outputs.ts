import {
  containsSecret,
  isPropertyMap,
  Secret,
  withoutSecrets,
  withSecretsLike,
} from "../shared/property-values.ts";
import type { PropertyMap } from "../shared/property-values.ts";
import { peelMap, textInput } from "./inputs.ts";
import { mapAt, textAt } from "../../kubernetes/json.ts";
import type { KubeObject } from "../../kubernetes/json.ts";
import { toKubernetesSpelling, toPulumiSpelling } from "./spelling.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The state of an object: the last live copy, secret where the inputs are secret, and the field manager. */
export function toOutputs(live: KubeObject, inputs: PropertyMap, fieldManager: string): PropertyMap {
  // Who owns which field is read from the live object when it is needed; it would double the state's size.
  const metadata = { ...mapAt(live, "metadata"), managedFields: undefined };
  const outputs = toPulumiSpelling({ ...live, metadata });
  // Kubernetes gives stringData back as data; programs may read what they wrote.
  const { stringData } = inputs;
  const marked = withSecretsLike({ ...outputs, ...(stringData !== undefined && { stringData }) }, inputs);
  return {
    ...hideSecretData(hideLastApplied(marked, inputs)),
    __initialApiVersion: textAt(live, "apiVersion"),
    __fieldManager: fieldManager,
  };
}

/** kubectl writes the whole object into an annotation. */
function hideLastApplied(outputs: PropertyMap, inputs: PropertyMap): PropertyMap {
  const annotations = peelMap(peelMap(outputs["metadata"])["annotations"]);
  const copy = annotations[LAST_APPLIED];
  if (copy === undefined || !(containsSecret(inputs) || isSecretKind(outputs))) return outputs;
  const hidden = { ...annotations, [LAST_APPLIED]: new Secret(copy) };
  return { ...outputs, metadata: { ...peelMap(outputs["metadata"]), annotations: hidden } };
}

/** A Secret's data is secret whatever the program said: charts and components lose the mark on the way. */
export function hideSecretData(properties: PropertyMap): PropertyMap {
  if (!isSecretKind(properties)) return properties;
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => {
      const hide = ["data", "stringData"].includes(key) && value !== undefined && !(value instanceof Secret);
      return [key, hide ? new Secret(value) : value];
    }),
  );
}

function isSecretKind(properties: PropertyMap): boolean {
  return textInput(properties, "kind") === "Secret" && textInput(properties, "apiVersion") === "v1";
}

/** The last live copy in a state; undefined when there is none (import) or it is of another making. */
export function lastLiveOf(outputs: PropertyMap): KubeObject | undefined {
  const plain = withoutSecrets(outputs);
  if (!isPropertyMap(plain["metadata"])) return undefined;
  const ours = { stringData: undefined, __initialApiVersion: undefined, __fieldManager: undefined };
  return toKubernetesSpelling({ ...(plain as KubeObject), ...ours });
}
