import { mockPassword } from "../harness.ts";
import { describeObject, objects, podOwners, containersOf } from "../kubernetes.ts";
import { API_KEY } from "../program.ts";
import { isSecret, plainTextsIn, secretsIn } from "../secrets.ts";
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
          // The hash that tells whether a value that is written once changes.
          !(resource.type === "pulumi:index:Stash" && path === "inputs.input"),
      )
      .map(({ path }) => `${resource.type} "${resource.name}" has a secret value at ${path}`),
  );

export const secretsAreMarkedAndImmutable: Invariant = ({ recording }) =>
  objects(recording, "Secret").flatMap((secret) => {
    const { inputs } = secret.resource;
    const contents = inputs["stringData"];
    const values = isSecret(contents) ? [] : Object.entries(contents ?? {});
    return [
      ...(contents === undefined ? ["has no stringData"] : []),
      ...values.filter(([, value]) => !isSecret(value)).map(([key]) => `does not mark "${key}" as secret`),
      ...(inputs["immutable"] === true ? [] : ["is not immutable"]),
      // A fixed name would be replaced in place, and the pods that use it would not roll.
      ...(secret.manifest.metadata.name === undefined ? [] : ["has a fixed name"]),
    ].map((problem) => `${describeObject(secret)} ${problem}`);
  });

/** A variable that is named like a secret takes its value from a Secret. */
export const secretVariablesComeFromSecrets: Invariant = ({ recording }) =>
  podOwners(recording).flatMap((owner) =>
    containersOf(owner.pod)
      .flatMap(({ env }) => env ?? [])
      // `…_FILE` names a file that holds it.
      .filter(
        ({ name, value }) =>
          /PASSWORD|SECRET|TOKEN|_KEY|API_KEY/.test(name) && !name.endsWith("_FILE") && value !== undefined,
      )
      .map(({ name }) => `${describeObject(owner)} has ${name} in clear`),
  );
