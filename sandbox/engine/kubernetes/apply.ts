import { setTimeout as sleep } from "node:timers/promises";
import type { Operation } from "../shared/provider.ts";
import { ApiError, isConflict, isNamespaceMissing } from "./api-error.ts";
import type { Cluster, Place, WriteOptions, Written } from "./cluster.ts";
import { describePlace } from "./cluster.ts";
import { conflictMessage } from "./conflicts.ts";
import { isAppliedBy } from "./field-manager.ts";
import { at, textAt } from "../../kubernetes/json.ts";
import type { KubeObject } from "../../kubernetes/json.ts";
import { isKubectl } from "./managed-fields.ts";

export interface Apply {
  readonly cluster: Cluster;
  readonly place: Place;
  readonly object: KubeObject;
  readonly fieldManager: string;
  /** `pulumi.com/patchForce` or the provider's option: takes fields over from every manager. */
  readonly force: boolean;
  readonly dryRun: boolean;
}

/** The same program may create the namespace or the kind without an explicit dependency. */
const MISSING_RETRIES = 5;

/**
 * Creates an object by apply, not by POST. A POST would own its fields under a separate entry, so a later apply without a
 * field would never remove that field.
 */
export async function createObject(
  apply: Apply,
  options: { readonly adoptAny: boolean; readonly waitSeconds: number },
  { signal, log }: Operation,
): Promise<Written> {
  const existing = await existingObject(apply, options.waitSeconds, signal, (message) => log.status(message));
  if (existing) {
    if (!options.adoptAny && !isAppliedBy(existing, apply.fieldManager)) throw alreadyExists(apply.place);
    log.info(`${describePlace(apply.place)} is there already, and is now managed by this program`);
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await applyObject(apply);
    } catch (error) {
      if (!isNamespaceMissing(error) || attempt > MISSING_RETRIES) throw error;
      log.status(`waiting for the namespace ${apply.place.namespace ?? ""}`);
      await sleep(500 * attempt, undefined, { signal });
    }
  }
}

/** An object that is being deleted cannot be restored. Waits until it is deleted, then creates it again. */
async function existingObject(
  { cluster, place }: Apply,
  waitSeconds: number,
  signal: AbortSignal,
  status: (message: string) => void,
): Promise<KubeObject | undefined> {
  const deadline = Date.now() + waitSeconds * 1000;
  for (;;) {
    const existing = await cluster.get(place, signal);
    if (textAt(existing, "metadata", "deletionTimestamp") === undefined) return existing;
    if (Date.now() > deadline) {
      const finalizers = at(existing, "metadata", "finalizers");
      throw new Error(
        `the old object is still being deleted after ${waitSeconds} s; finalizers: ${JSON.stringify(finalizers ?? [])}`,
      );
    }
    status(`waiting until the old ${describePlace(place)} is gone`);
    await sleep(500, undefined, { signal });
  }
}

function alreadyExists(place: Place): ApiError {
  return new ApiError(409, {
    reason: "AlreadyExists",
    message:
      `${describePlace(place)} is there already, and this program did not create it. To manage it from now on, ` +
      `use the resource option import (id ${place.namespace === undefined ? "" : `${place.namespace}/`}${place.name}) or set ` +
      "upsertExistingObjects on the provider; if the resource was only renamed in the program, give it an alias.",
  });
}

/** Applies. Takes over fields that kubectl set. Fields of other managers are a conflict. */
export async function applyObject(apply: Apply): Promise<Written> {
  const { cluster, place, object, fieldManager, dryRun } = apply;
  const options: WriteOptions = { fieldManager, dryRun, force: apply.force };
  try {
    return await cluster.apply(place, object, options);
  } catch (error) {
    if (!isConflict(error)) throw error;
    const managers = error.causes.map((cause) => /conflict with "([^"]*)"/.exec(cause.message)?.[1] ?? "");
    if (!managers.every(isKubectl)) throw conflictMessage(place, error);
    return await cluster.apply(place, object, { ...options, force: true });
  }
}
