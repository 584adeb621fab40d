import { createHash, randomBytes } from "node:crypto";
import { Secret, Unknown } from "../shared/property-values.ts";
import type { PropertyMap, PropertyValue } from "../shared/property-values.ts";
import type { Autonaming, CheckRequest } from "../shared/provider.ts";
import { isSet } from "./annotations.ts";
import { peel, peelAt, peelMap, textInput } from "./inputs.ts";

const AUTONAMED = "pulumi.com/autonamed";

/**
 * Sets a missing name: that of the last update, or a new one from the logical name. An annotation marks that the name can
 * change on replacement, so that the new object is created before the old one is deleted.
 */
export function withName(inputs: PropertyMap, request: CheckRequest): PropertyMap {
  const metadata = peel(inputs["metadata"]);
  if (metadata instanceof Unknown || hasName(inputs)) return inputs;
  const adopted = isSet(request.oldInputs, "autonamed")
    ? textInput(request.oldInputs, "metadata", "name")
    : undefined;
  const name = adopted ?? newName(request.name, request.randomSeed, request.autonaming);
  return withMetadata(inputs, {
    name,
    annotations: { ...peelMap(peelAt(inputs, "metadata", "annotations")), [AUTONAMED]: "true" },
  });
}

function hasName(inputs: PropertyMap): boolean {
  return (
    textInput(inputs, "metadata", "name") !== undefined ||
    peelAt(inputs, "metadata", "name") instanceof Unknown
  );
}

/** Adds to the metadata. Secret metadata stay secret. */
export function withMetadata(inputs: PropertyMap, additions: PropertyMap): PropertyMap {
  const { metadata } = inputs;
  const added: PropertyValue = { ...peelMap(metadata), ...additions };
  return { ...inputs, metadata: metadata instanceof Secret ? new Secret(added) : added };
}

export function newName(logicalName: string, seed: Uint8Array, autonaming: Autonaming | undefined): string {
  if (autonaming?.mode === "disable") {
    throw new Error("autonaming is disabled in this project, so metadata.name must be set");
  }
  if (autonaming) return autonaming.proposedName;
  // With the seed, a preview and the following update choose the same name.
  const suffix =
    seed.length > 0 ? createHash("sha256").update(seed).digest("hex") : randomBytes(4).toString("hex");
  return `${logicalName}-${suffix.slice(0, 8)}`;
}
