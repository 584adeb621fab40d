import { PartiallyDone } from "../shared/errors.ts";
import type { PropertyMap } from "../shared/property-values.ts";
import type { ReadRequest, ReadResult } from "../shared/provider.ts";
import { ruleFor } from "./await/rules.ts";
import { unreadyReasons } from "./await/wait.ts";
import type { Waiting } from "./await/wait.ts";
import { driftedInputs } from "./drift.ts";
import { fieldManagerOf } from "./field-manager.ts";
import { importedInputs, isBeingDeleted } from "./import.ts";
import type { KubeObject } from "../../kubernetes/json.ts";
import { lastLiveOf, toOutputs } from "./outputs.ts";
import { idOf, placeFromId, typeOf } from "./place.ts";
import type { Target } from "./place.ts";
import { parseType } from "./types.ts";

/** Refresh, import and .get. Undefined: gone (or on its way out, which an update would have to wait for). */
export async function readObject(
  target: Target,
  waiting: Waiting,
  request: ReadRequest,
): Promise<ReadResult | undefined> {
  const { urn, oldInputs, oldOutputs } = request;
  const { apiVersion, kind } = typeOf(oldInputs, parseType(request.type));
  const resource = await target.cluster.discovery.find(apiVersion, kind);
  // Without its definition a custom resource cannot exist.
  if (!resource) return undefined;
  const place = placeFromId(target, resource, request.id);
  const live = await target.cluster.get(place);
  if (!live || isBeingDeleted(live)) return undefined;

  const isImport = Object.keys(oldInputs).length === 0;
  const fieldManager = fieldManagerOf(urn, oldInputs, oldOutputs);
  const inputs = isImport ? importedInputs(live) : inputsAsLive(oldInputs, oldOutputs, live);
  const result = { id: idOf(place), inputs, outputs: toOutputs(live, inputs, fieldManager) };
  const rule = isImport ? undefined : ruleFor(oldInputs);
  const reasons = rule ? await unreadyReasons(waiting, place, live, rule) : [];
  if (reasons.length > 0) throw new PartiallyDone({ ...result, reasons });
  return result;
}

/** A state without a last live copy says nothing about what changed since. */
function inputsAsLive(oldInputs: PropertyMap, oldOutputs: PropertyMap, live: KubeObject): PropertyMap {
  return driftedInputs(oldInputs, lastLiveOf(oldOutputs) ?? live, live);
}
