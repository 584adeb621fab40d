import { containsUnknown } from "../shared/property-values.ts";
import type { PropertyMap } from "../shared/property-values.ts";
import type { DiffRequest, DiffResult } from "../shared/provider.ts";
import { isSet } from "./annotations.ts";
import { isTrue } from "./await/rule.ts";
import { ApiError, isImmutable } from "./api-error.ts";
import { withMetadata } from "./autonaming.ts";
import { changesBetween } from "./changes.ts";
import type { Change } from "./changes.ts";
import { diffResult } from "./diff-result.ts";
import { fieldManagerOf } from "./field-manager.ts";
import { peelAt, textInput, toObject } from "./inputs.ts";
import type { Options } from "./options.ts";
import { placeFromId, placeOf } from "./place.ts";
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
  const changed = changesBetween(oldInputs, inputs);
  const unready = await unreadyJob(target, request);
  const changes = [...changed, ...unready];
  if (changes.length === 0) return diffResult([], [], false);
  const known = [...replacingChanges(changed, inputs, options), ...unready];
  const replacing = known.length > 0 ? known : await changesRefusedByServer(target, request, changed);
  return diffResult(changes, replacing, mustDeleteFirst(oldInputs, inputs));
}

function withDefaultNamespace(target: Target, inputs: PropertyMap, other: PropertyMap): PropertyMap {
  const missing = peelAt(inputs, "metadata", "namespace") === undefined;
  return missing && peelAt(other, "metadata", "namespace") === target.defaultNamespace
    ? withMetadata(inputs, { namespace: target.defaultNamespace })
    : inputs;
}

const REPLACE_UNREADY = ["metadata", "annotations", "pulumi.com/replaceUnready"];

/** A Job that says so is run anew as long as it has not succeeded. */
async function unreadyJob(target: Target, { inputs, id }: DiffRequest): Promise<Change[]> {
  if (!isSet(inputs, "replaceUnready")) return [];
  const resource = await target.cluster.discovery.find("batch/v1", "Job");
  const live = resource && (await target.cluster.get(placeFromId(target, resource, id)));
  return !live || isTrue(live, "Complete") ? [] : [{ path: REPLACE_UNREADY, kind: "update" }];
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
    if (!(error instanceof ApiError)) throw error;
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
