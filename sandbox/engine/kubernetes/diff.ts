import { containsUnknown } from "../shared/property-values.ts";
import type { PropertyMap } from "../shared/property-values.ts";
import type { DiffRequest, DiffResult, PropertyDiff } from "../shared/provider.ts";
import { isSet } from "./annotations.ts";
import { isImmutable } from "./api-error.ts";
import { withMetadata } from "./autonaming.ts";
import { changesBetween } from "./changes.ts";
import type { Change } from "./changes.ts";
import { fieldManagerOf } from "./field-manager.ts";
import { peelAt, textInput, toObject } from "./inputs.ts";
import type { Options } from "./options.ts";
import { formatPath } from "./paths.ts";
import { placeOf } from "./place.ts";
import type { Target } from "./place.ts";
import { refusedChanges, replacingChanges } from "./replacement.ts";

/**
 * What an update would change, by the inputs alone: refresh calls this with what it read as the old side. Whether a
 * change needs a new object is asked of the API server in a dry-run, where the lists do not say so already.
 */
export async function diffInputs(
  target: Target,
  options: Pick<Options, "enableConfigMapMutable" | "enableSecretMutable">,
  request: DiffRequest,
): Promise<DiffResult> {
  // Inputs of before the kind was known (a custom resource beside its definition) have no namespace.
  const inputs = withDefaultNamespace(target, request.inputs, request.oldInputs);
  const oldInputs = withDefaultNamespace(target, request.oldInputs, request.inputs);
  const changes = changesBetween(oldInputs, inputs);
  if (changes.length === 0) return { changes: false, detailedDiff: {} };
  const replacing = replacingChanges(changes, inputs, options);
  const refused = replacing.length > 0 ? [] : await changesRefusedByServer(target, request, changes);
  return result(changes, [...replacing, ...refused], mustDeleteFirst(oldInputs, inputs));
}

function withDefaultNamespace(target: Target, inputs: PropertyMap, other: PropertyMap): PropertyMap {
  const missing = peelAt(inputs, "metadata", "namespace") === undefined;
  return missing && peelAt(other, "metadata", "namespace") === target.defaultNamespace
    ? withMetadata(inputs, { namespace: target.defaultNamespace })
    : inputs;
}

async function changesRefusedByServer(
  { cluster, defaultNamespace }: Target,
  { urn, inputs, oldOutputs }: DiffRequest,
  changes: readonly Change[],
): Promise<Change[]> {
  if (containsUnknown(inputs)) return [];
  const resource = await cluster.discovery.find(
    textInput(inputs, "apiVersion") ?? "",
    textInput(inputs, "kind") ?? "",
  );
  const place = resource && placeOf({ cluster, defaultNamespace }, resource, inputs);
  if (!place) return [];
  try {
    const fieldManager = fieldManagerOf(urn, inputs, oldOutputs);
    // Forced: a conflict with another manager is for the update to report.
    await cluster.apply(place, toObject(inputs), { fieldManager, dryRun: true, force: true });
  } catch (error) {
    if (isImmutable(error)) return refusedChanges(changes, error);
    // Every other refusal is reported by the update's own dry-run.
  }
  return [];
}

/** A name that the program chose is taken until the old object is gone. */
function mustDeleteFirst(oldInputs: PropertyMap, inputs: PropertyMap): boolean {
  const same = (...path: string[]) => textInput(oldInputs, ...path) === textInput(inputs, ...path);
  return (
    textInput(inputs, "metadata", "name") !== undefined &&
    !isSet(inputs, "autonamed") &&
    same("metadata", "name") &&
    same("metadata", "namespace")
  );
}

function result(changes: readonly Change[], replacing: readonly Change[], deleteFirst: boolean): DiffResult {
  const detailedDiff = Object.fromEntries(
    changes.map((change): [string, PropertyDiff] => [
      formatPath(change.path),
      { kind: replacing.includes(change) ? `${change.kind}-replace` : change.kind },
    ]),
  );
  return {
    changes: true,
    changedKeys: [...new Set(changes.map(({ path }) => String(path[0])))],
    replaceKeys: replacing.map(({ path }) => formatPath(path)),
    deleteBeforeReplace: replacing.length > 0 && deleteFirst,
    detailedDiff,
  };
}
