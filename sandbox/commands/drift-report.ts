import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";
import { z } from "zod";
import { firstCharacters } from "../redact/output.ts";
import { renderTable } from "./table.ts";

const stateSchema = z.looseObject({
  inputs: z.record(z.string(), z.unknown()).nullish(),
  outputs: z.record(z.string(), z.unknown()).nullish(),
});
/** The events of Pulumi's `--event-log` that report what a refresh found. */
const eventSchema = z.looseObject({
  resOutputsEvent: z
    .looseObject({
      metadata: z.looseObject({
        op: z.string(),
        urn: z.string(),
        type: z.string(),
        old: stateSchema.nullish(),
        new: stateSchema.nullish(),
        diffs: z.array(z.string()).nullish(),
        detailedDiff: z.record(z.string(), z.unknown()).nullish(),
      }),
    })
    .optional(),
});
type StepMetadata = NonNullable<z.infer<typeof eventSchema>["resOutputsEvent"]>["metadata"];

export interface Drift {
  /** "Deployment llm-gateway/litellm" */
  readonly resource: string;
  /** Property path, or undefined if the whole object was deleted. */
  readonly property: string | undefined;
  readonly wanted: string;
  readonly found: string;
}

/** The event log contains a signature instead of a secret value. */
const isSecret = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  (value as Record<string, unknown>)[specialSigKey] === specialSecretSig;

/** The value at a path such as `spec.containers[0].image` or `data["a.b"]`. A value in a secret is "[secret]". */
export function valueAt(root: unknown, path: string): unknown {
  const keys = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, plain]) => quoted?.replaceAll('\\"', '"') ?? index ?? plain ?? "",
  );
  const found = keys.reduce<unknown>((value, key) => {
    if (isSecret(value)) return value;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }, root);
  return isSecret(found) ? "[secret]" : found;
}

const longestValue = 40;
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  return firstCharacters(typeof value === "string" ? value : JSON.stringify(value), longestValue);
}

/** Kind, namespace and name for a Kubernetes object; type and name of Pulumi for anything else. */
function resourceName(step: StepMetadata): string {
  const object = step.old?.outputs ?? step.old?.inputs;
  const kind = object?.["kind"];
  const name = valueAt(object, "metadata.name");
  if (typeof kind !== "string" || typeof name !== "string") {
    return `${step.type.split(":").at(-1) ?? step.type} ${step.urn.split("::").at(-1) ?? step.urn}`;
  }
  const namespace = valueAt(object, "metadata.namespace");
  return typeof namespace === "string" ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
}

/** What a refresh found, from the lines of Pulumi's event log, sorted by resource. */
export function readDrift(eventLog: string): Drift[] {
  const steps = eventLog
    .split("\n")
    .filter((line) => line.trim() !== "")
    .flatMap((line) => eventSchema.parse(JSON.parse(line)).resOutputsEvent?.metadata ?? []);
  return steps
    .flatMap((step): Drift[] => {
      const resource = resourceName(step);
      if (step.op === "delete") return [{ resource, property: undefined, wanted: "there", found: "deleted" }];
      if (step.op !== "update") return [];
      const details = Object.keys(step.detailedDiff ?? {});
      const paths = details.length > 0 ? details : (step.diffs ?? []);
      if (paths.length === 0)
        return [{ resource, property: undefined, wanted: "unchanged", found: "changed" }];
      return paths.map((property) => ({
        resource,
        property,
        wanted: shown(valueAt(step.old?.inputs, property)),
        found: shown(valueAt(step.new?.inputs, property) ?? valueAt(step.new?.outputs, property)),
      }));
    })
    .sort(
      (a, b) => a.resource.localeCompare(b.resource) || (a.property ?? "").localeCompare(b.property ?? ""),
    );
}

export function renderDrift(drift: readonly Drift[]): string {
  return renderTable(
    ["RESOURCE", "PROPERTY", "WANTED", "FOUND"],
    drift.map(({ resource, property, wanted, found }) => [resource, property ?? "", wanted, found]),
  );
}
