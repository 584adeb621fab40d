import { containsUnknown } from "../shared/property-values.ts";
import type { PropertyMap } from "../shared/property-values.ts";
import type { Operation } from "../shared/provider.ts";
import { isSet } from "./annotations.ts";
import { ApiError, isNamespaceMissing, isRbacDenial, isUnknownField } from "./api-error.ts";
import { applyObject, createObject } from "./apply.ts";
import type { Apply } from "./apply.ts";
import type { Place, Written } from "./cluster.ts";
import { keepIgnored } from "./ignore-changes.ts";
import { textInput, toObject } from "./inputs.ts";
import { nameOf, namespaceOf, textAt } from "../../kubernetes/json.ts";
import type { KubeObject } from "../../kubernetes/json.ts";
import type { Options } from "./options.ts";
import { placeOf } from "./place.ts";
import type { Target } from "./place.ts";

/** One write of a resource, real or as a dry-run. */
export interface Write {
  readonly target: Target;
  readonly options: Pick<Options, "enablePatchForce" | "upsertExistingObjects">;
  readonly inputs: PropertyMap;
  readonly fieldManager: string;
  readonly timeoutSeconds: number;
}

/** The result of a write, or undefined if only the update itself can determine it. */
export async function previewCreate(write: Write, { log }: Operation): Promise<Written | undefined> {
  const apply = await applyFor(write, true);
  if (!apply) return undefined;
  const { cluster, place, object, fieldManager } = apply;
  const attempt = (at: Place, sent: KubeObject) => cluster.dryRunCreate(at, sent, fieldManager);
  try {
    return await attempt(place, object);
  } catch (error) {
    if (isNamespaceMissing(error)) {
      await validateElsewhere(place, object, attempt);
      return undefined;
    }
    // Before a replacement the old object still exists. The update rejects an object of another owner.
    if (error instanceof ApiError && error.reason === "AlreadyExists") return undefined;
    tolerateRbacDenial(error, (message) => log.warn(message));
    return undefined;
  }
}

/** The update creates the namespace. The object itself can be validated in an existing namespace. */
async function validateElsewhere(
  place: Place,
  object: KubeObject,
  attempt: (place: Place, object: KubeObject) => Promise<Written>,
): Promise<void> {
  const metadata = { ...(object["metadata"] as KubeObject), namespace: "default" };
  try {
    await attempt({ ...place, namespace: "default" }, { ...object, metadata });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const aboutTheObject = error.status === 422 ? error.reason === "Invalid" : isUnknownField(error);
    // Results of policies, quotas and rights in `default` do not apply to the future namespace.
    if (aboutTheObject && !error.message.includes("denied request")) throw error;
  }
}

/** A preview can run with only read rights, as in the official provider. */
function tolerateRbacDenial(error: unknown, warn: (message: string) => void): void {
  if (!isRbacDenial(error)) throw error;
  warn(`the update would fail with this kubeconfig's user: ${error.message}`);
}

export async function previewUpdate(
  write: Write,
  ignoreChanges: readonly string[],
  { log }: Operation,
): Promise<Written | undefined> {
  const apply = await applyFor(write, true);
  if (!apply) return undefined;
  const { cluster, place } = apply;
  try {
    const live = await cluster.get(place);
    const object = live ? keepIgnored(apply.object, live, ignoreChanges) : apply.object;
    return await withAllUnknownFields(apply, () => applyObject({ ...apply, object }));
  } catch (error) {
    if (isNamespaceMissing(error)) return undefined;
    tolerateRbacDenial(error, (message) => log.warn(message));
    return undefined;
  }
}

export async function create(write: Write, operation: Operation): Promise<Written> {
  const apply = await applyForReal(write);
  const adoptAny = write.options.upsertExistingObjects;
  return await withAllUnknownFields(apply, () =>
    createObject(apply, { adoptAny, waitSeconds: write.timeoutSeconds }, operation),
  );
}

export async function update(write: Write, ignoreChanges: readonly string[]): Promise<Written> {
  const apply = await applyForReal(write);
  const { cluster, place } = apply;
  const live = await cluster.get(place);
  const object = live ? keepIgnored(apply.object, live, ignoreChanges) : apply.object;
  return await withAllUnknownFields(apply, () => applyObject({ ...apply, object }));
}

/** The place of an object from the cluster. */
export async function placeOfObject({ cluster }: Target, object: KubeObject): Promise<Place> {
  const kind = textAt(object, "kind") ?? "";
  const resource = await cluster.discovery.find(textAt(object, "apiVersion") ?? "", kind);
  if (!resource) throw new Error(`the kind ${kind} is gone from the cluster`);
  return { resource, namespace: namespaceOf(object), name: nameOf(object) };
}

/** Undefined if a part of the object is unknown, because then a dry-run is not possible. */
async function applyFor(write: Write, dryRun: boolean): Promise<Apply | undefined> {
  const { target, inputs, fieldManager, options } = write;
  if (containsUnknown(inputs)) return undefined;
  const resource = await target.cluster.discovery.find(
    textInput(inputs, "apiVersion") ?? "",
    textInput(inputs, "kind") ?? "",
  );
  const place = resource && placeOf(target, resource, inputs);
  if (!place) return undefined;
  const force = options.enablePatchForce || isSet(inputs, "patchForce");
  return { cluster: target.cluster, place, object: toObject(inputs), fieldManager, force, dryRun };
}

const KIND_RETRIES = 5;

async function applyForReal(write: Write): Promise<Apply> {
  // A CustomResourceDefinition of the same program may have been accepted just before.
  for (let attempt = 1; attempt <= KIND_RETRIES; attempt++) {
    const apply = await applyFor(write, false);
    if (apply) return apply;
    await new Promise((resolve) => setTimeout(resolve, 300 * attempt));
  }
  const { inputs } = write;
  throw new Error(
    `the cluster does not know ${textInput(inputs, "kind") ?? ""} of ${textInput(inputs, "apiVersion") ?? ""}. ` +
      "Is its CustomResourceDefinition installed, and does the resource depend on it (dependsOn)?",
  );
}

/** Apply reports only the first unknown field, without its path. A create as a dry-run reports all of them. */
async function withAllUnknownFields(apply: Apply, write: () => Promise<Written>): Promise<Written> {
  try {
    return await write();
  } catch (error) {
    if (!isUnknownField(error)) throw error;
    const { cluster, place, object, fieldManager } = apply;
    await cluster.dryRunCreate(place, object, fieldManager).catch((better: unknown) => {
      throw isUnknownField(better) ? better : error;
    });
    throw error;
  }
}
