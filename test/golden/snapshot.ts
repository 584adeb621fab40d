import { stringify } from "yaml";
import { KUBECONFIG, type RecordedResource, type Recording } from "../harness.ts";
import { redact } from "../secrets.ts";

/** A whole program as reviewers see it. */
export interface Snapshot {
  /** Managed resources by file name (`<place>/<Kind>.<logical name>`): inputs, and the options that matter. */
  readonly resources: Readonly<Record<string, SnapshotResource>>;
  /** Who belongs to whom: a line a resource. */
  readonly tree: string;
  /** The stack's outputs. */
  readonly outputs: unknown;
}

export interface SnapshotResource {
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: unknown;
}

/** What changes from machine to machine is replaced, and secrets are `[secret]`. */
export function snapshotOf(recording: Recording): Snapshot {
  const managed = recording.resources.filter(({ custom }) => custom);
  return {
    resources: Object.fromEntries(
      managed.map((resource) => [
        fileName(resource),
        { options: optionsOf(resource), inputs: inputsOf(resource) },
      ]),
    ),
    tree: renderTree(recording),
    outputs: redact(recording.outputs),
  };
}

/** A file for each resource: a manifest that kubectl could read, below comments with what Pulumi adds to it. */
export function renderResource({ options, inputs }: SnapshotResource): string {
  const comments = Object.entries(options).map(([name, value]) => `# ${name}: ${JSON.stringify(value)}\n`);
  return comments.join("") + toYaml(inputs);
}

export function toYaml(value: unknown): string {
  return stringify(value, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
}

function fileName(resource: RecordedResource): string {
  const kind = resource.type.split(":").at(-1) ?? "";
  const { namespace } = (resource.inputs["metadata"] ?? {}) as { namespace?: string };
  const place = resource.type.startsWith("kubernetes:") ? (namespace ?? "cluster-wide") : "engine";
  return `${place}/${kind}.${resource.name}`;
}

/** The name that the provider gives (here: the mocks) is part of the manifest, so that references can be followed. */
function inputsOf(resource: RecordedResource): unknown {
  const inputs = JSON.parse(
    JSON.stringify(redact(resource.inputs)).replaceAll(JSON.stringify(KUBECONFIG), '"[kubeconfig]"'),
  ) as Record<string, unknown>;
  if (!resource.type.startsWith("kubernetes:")) return inputs;
  const name = resource.id.split("/").at(-1);
  return { ...inputs, metadata: { ...(inputs["metadata"] as object), name } };
}

function optionsOf(resource: RecordedResource): Record<string, unknown> {
  const { type, protect, retainOnDelete, ignoreChanges, deleteBeforeReplace, inputs } = resource;
  const named = (inputs["metadata"] as { name?: string } | undefined)?.name !== undefined;
  return {
    type,
    ...(type.startsWith("kubernetes:") && !named ? { autonamed: true } : {}),
    ...(protect ? { protect } : {}),
    ...(retainOnDelete ? { retainOnDelete } : {}),
    ...(ignoreChanges.length > 0 ? { ignoreChanges } : {}),
    ...(deleteBeforeReplace ? { deleteBeforeReplace } : {}),
  };
}

function renderTree({ resources }: Recording): string {
  const render = (parent: string, depth: number): string[] =>
    resources
      .filter((resource) => resource.parent === parent)
      .map((resource) => ({ urn: resource.urn, line: `${resource.name} (${resource.type})` }))
      .sort((a, b) => (a.line < b.line ? -1 : 1))
      .flatMap(({ urn, line }) => [`${"  ".repeat(depth)}${line}`, ...render(urn, depth + 1)]);
  const urns = new Set(resources.map(({ urn }) => urn));
  const roots = new Set(resources.map(({ parent }) => parent).filter((parent) => !urns.has(parent)));
  return [...roots].flatMap((root) => render(root, 0)).join("\n") + "\n";
}
