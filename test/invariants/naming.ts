import { TOKENS } from "../../components/core/tokens.ts";
import { PART_OF } from "../../components/core/labels.ts";
import { describeObject, objects } from "../kubernetes.ts";
import type { RecordedResource, Recording } from "../harness.ts";
import type { Invariant } from "./invariant.ts";

const STACK_TYPE = "pulumi:pulumi:Stack";

function parentOf(recording: Recording, resource: RecordedResource): RecordedResource | undefined {
  return recording.resources.find(({ urn }) => urn === resource.parent);
}

/** Components of ours are under the stack or under another; all else but the provider is under one of them. */
export const everyChildHasAParent: Invariant = ({ recording }) =>
  recording.resources
    .filter((resource) => {
      const underStack = resource.parent.includes(`::${STACK_TYPE}::`);
      const mayBe = !resource.custom || resource.type.startsWith("pulumi:providers:");
      return underStack ? !mayBe : parentOf(recording, resource)?.custom !== false;
    })
    .map(({ type, name, parent }) => `${type} "${name}" has the parent "${parent}"`);

export const namesBeginWithTheParents: Invariant = ({ recording }) =>
  recording.resources.flatMap((resource) => {
    const parent = parentOf(recording, resource);
    // A workload of a component has a name of its own, which is the first part of its children's.
    return parent === undefined || resource.name.startsWith(`${parent.name}-`)
      ? []
      : [`${resource.type} "${resource.name}" is a child of "${parent.name}"`];
  });

export const identitiesAreUnique: Invariant = ({ recording }) => {
  const urns = recording.resources.map(({ urn }) => urn);
  const inCluster = objects(recording).map(describeObject);
  return [...duplicates(urns), ...duplicates(inCluster)].map((identity) => `twice: ${identity}`);
};

export const componentsUseTheTokenTable: Invariant = ({ recording }) => {
  const known: readonly string[] = Object.values(TOKENS);
  return recording.resources
    .filter(({ custom, type }) => !custom && !known.includes(type))
    .map(
      ({ type, name }) =>
        `component "${name}" has the type "${type}", which is not in components/core/tokens.ts`,
    );
};

/** Component inputs are stored in the state, so components pass none (docs/references.md#pulumi-state). */
export const componentsRegisterNoInputs: Invariant = ({ recording }) =>
  recording.resources
    .filter(({ custom, inputs }) => !custom && Object.keys(inputs).length > 0)
    .map(({ name, inputs }) => `component "${name}" has the inputs ${Object.keys(inputs).join(", ")}`);

/** `registerOutputs` ends a component's constructor. */
export const componentsRegisterOutputs: Invariant = ({ recording }) =>
  recording.resources
    .filter(({ custom, outputs }) => !custom && outputs === undefined)
    .map(({ name }) => `component "${name}" never called registerOutputs`);

export const oneExplicitProvider: Invariant = ({ recording, config }) => {
  const providers = recording.resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
  const [provider] = providers;
  if (provider === undefined || providers.length > 1) return [`${providers.length} Kubernetes providers`];
  const context = provider.inputs["context"];
  return [
    ...(context === config.context ? [] : [`the provider's context is ${JSON.stringify(context)}`]),
    ...recording.resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .filter((resource) => resource.provider !== `${provider.urn}::${provider.id}`)
      .map((resource) => `${resource.type} "${resource.name}" has the provider "${resource.provider}"`),
  ];
};

/** The clean-up check and `kubectl get -l` find every object by these. */
export const objectsCarryTheLabels: Invariant = ({ recording }) =>
  objects(recording).flatMap((object) => {
    const labels = object.manifest.metadata.labels ?? {};
    const wrong = [
      ...(labels["app.kubernetes.io/part-of"] === PART_OF ? [] : ["part-of"]),
      ...(labels["app.kubernetes.io/managed-by"] === "pulumi" ? [] : ["managed-by"]),
      ...(labels["app.kubernetes.io/name"] === undefined ? ["name"] : []),
    ];
    return wrong.length === 0 ? [] : [`${describeObject(object)} lacks the label ${wrong.join(", ")}`];
  });

/** What the API server demands of names and labels; the provider puts eight letters behind a name that it gives. */
export const namesAreValid: Invariant = ({ recording }) => {
  const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
  const label = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
  return objects(recording).flatMap((object) => {
    // Names of Services are part of addresses, those of controllers and Jobs are label values of their pods.
    const longest = ["Secret", "ConfigMap", "NetworkPolicy"].includes(object.kind) ? 253 : 63;
    return [
      ...(subdomain.test(object.name) ? [] : ["has a name that no cluster takes"]),
      ...(object.name.length <= longest ? [] : [`has a name of ${object.name.length} characters`]),
      ...Object.entries(object.manifest.metadata.labels ?? {})
        .filter(([, value]) => !label.test(value) || value.length > 63)
        .map(([key]) => `has a label ${key} that no cluster takes`),
    ].map((problem) => `${describeObject(object)} ${problem}`);
  });
};

function duplicates(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
