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
 * The changes of an update, only from the inputs, because refresh calls this with the read object as the old side. If the
 * lists do not decide whether a change needs a new object, a dry-run on the API server does.
 */
export async function diffInputs(
  target: Target,
  options: Pick<Options, "enableConfigMapMutable" | "enableSecretMutable">,
  request: DiffRequest,
): Promise<DiffResult> {
  // Inputs from before the kind existed (a custom resource next to its definition) have no namespace.
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

/** A Job with this annotation is replaced until it has succeeded. */
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
    // Forced, because the update reports a conflict with another manager.
    await cluster.apply(place, toObject(inputs), { fieldManager, dryRun: true, force: true });
  } catch (error) {
    if (isImmutable(error)) return refusedChanges(changes, error);
    // The update's own dry-run reports every other rejection.
    if (!(error instanceof ApiError)) throw error;
  }
  return [];
}

/** A name that the program sets is in use until the old object is deleted. */
function mustDeleteFirst(oldInputs: PropertyMap, inputs: PropertyMap): boolean {
  const same = (...path: string[]) => textInput(oldInputs, ...path) === textInput(inputs, ...path);
  return (
    textInput(inputs, "metadata", "name") !== undefined &&
    !isSet(inputs, "autonamed") &&
    same("metadata", "name") &&
    same("metadata", "namespace")
  );
}
