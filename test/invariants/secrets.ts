import { mockPassword, type Recording } from "../harness.ts";
import {
  containersOf,
  describeObject,
  fileSources,
  type KubernetesObject,
  objects,
  podOwners,
} from "../kubernetes.ts";
import { API_KEY } from "../program.ts";
import { isSecret, plainTextsIn, secretsIn } from "../secrets.ts";
import { MUTABLE_SECRETS, NO_SECRETS } from "./exceptions.ts";
import type { Invariant, Synth } from "./invariant.ts";

/** Enough of a value to know it by, whatever was put before it. */
const TAIL_CHARACTERS = 24;

/** Every secret value of a run: known from how the mocks make them, not from their being marked. */
function secretValues({ recording }: Synth): string[] {
  return [
    API_KEY,
    ...recording.resources
      .filter(({ type }) => type === "random:index/randomPassword:RandomPassword")
      .map(({ name, inputs }) => mockPassword(name, Number(inputs["length"]))),
  ];
}

/** How a value may look inside a text: as it is, in hex, URL-encoded, in base64 at each of the three alignments. */
function looksOf(value: string): string[] {
  const tail = value.slice(-TAIL_CHARACTERS);
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.from(" ".repeat(offset) + tail)
      .toString("base64")
      // The first and last groups mix with their neighbours.
      .slice(offset === 0 ? 0 : 4, -4),
  );
  return [tail, encodeURIComponent(tail), Buffer.from(tail).toString("hex"), ...base64];
}

/** Nothing that Pulumi writes into state in clear holds a secret value: inputs, outputs, names, stack outputs. */
export const noSecretInClear: Invariant = (synth) => {
  const looks = secretValues(synth).flatMap(looksOf);
  const holders = [
    ...synth.recording.resources.map(({ type, name, id, inputs, outputs }) => ({
      holder: `${type} "${name}"`,
      value: { name, id, inputs, outputs },
    })),
    { holder: "stack output", value: synth.recording.outputs },
  ];
  return holders.flatMap(({ holder, value }) =>
    plainTextsIn(value)
      .filter(({ text }) => looks.some((look) => text.includes(look)))
      .map(({ path }) => `${holder} holds a secret value in clear at ${path}`),
  );
};

/** Marked or not, a secret value is in the contents of Secrets and nowhere else: everybody else names the Secret. */
export const secretValuesOnlyInSecrets: Invariant = ({ recording }) =>
  recording.resources.flatMap((resource) =>
    secretsIn({ inputs: resource.inputs, outputs: resource.outputs })
      .filter(
        ({ path }) =>
          !(resource.type === "kubernetes:core/v1:Secret" && /^inputs\.(stringData|data)(\.|$)/.test(path)) &&
          // The hash that detects a change of a write-once value.
          !(resource.type === "pulumi:index:Stash" && path === "inputs.input"),
      )
      .map(({ path }) => `${resource.type} "${resource.name}" has a secret value at ${path}`),
  );

export const secretsAreMarkedAndImmutable: Invariant = ({ recording }) =>
  objects(recording, "Secret").flatMap((secret) => {
    const { name, inputs } = secret.resource;
    const mayChange = name in MUTABLE_SECRETS;
    const contents = inputs["stringData"];
    const values = isSecret(contents) ? [] : Object.entries(contents ?? {});
    return [
      ...(contents === undefined ? ["has no stringData"] : []),
      ...values.filter(([, value]) => !isSecret(value)).map(([key]) => `does not mark "${key}" as secret`),
      ...(mayChange || inputs["immutable"] === true ? [] : ["is not immutable"]),
      ...(mayChange && !changesInPlace(recording)
        ? ["is replaced: the provider has no enableSecretMutable"]
        : []),
      ...(mayChange && !isFile(recording, secret)
        ? ["is not in a pod's files, and only files change with it"]
        : []),
      // A fixed name would be replaced in place, and the pods that use it would not roll.
      ...(secret.manifest.metadata.name === undefined ? [] : ["has a fixed name"]),
    ].map((problem) => `${describeObject(secret)} ${problem}`);
  });

/** Whether the provider changes Secrets that are not immutable, instead of making new ones. */
function changesInPlace({ resources }: Recording): boolean {
  return resources.some(
    ({ type, inputs }) =>
      type === "pulumi:providers:kubernetes" && String(inputs["enableSecretMutable"]) === "true",
  );
}

/** Whether pods read a Secret as files and not as variables. The kubelet updates only files. */
function isFile(recording: Recording, secret: KubernetesObject): boolean {
  const owners = podOwners(recording).filter(({ namespace }) => namespace === secret.namespace);
  const volumes = owners.flatMap(({ pod }) => pod.volumes ?? []).flatMap(fileSources);
  const variables = owners
    .flatMap(({ pod }) => containersOf(pod).flatMap(({ env = [] }) => env))
    .map(({ valueFrom }) => valueFrom?.secretKeyRef?.name);
  return (
    volumes.some(({ kind, name }) => kind === "Secret" && name === secret.name) &&
    !variables.includes(secret.name)
  );
}

/** A variable that is named like a secret takes its value from a Secret. */
export const secretVariablesComeFromSecrets: Invariant = ({ recording }) =>
  podOwners(recording).flatMap((owner) =>
    containersOf(owner.pod)
      .flatMap(({ env }) => env ?? [])
      // `…_FILE` names a file that holds it.
      .filter(
        ({ name, value }) =>
          /PASSWORD|SECRET|TOKEN|_KEY|API_KEY/.test(name) &&
          !name.endsWith("_FILE") &&
          !(name in NO_SECRETS) &&
          value !== undefined,
      )
      .map(({ name }) => `${describeObject(owner)} has ${name} in clear`),
  );
