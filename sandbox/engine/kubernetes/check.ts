import { Unknown } from "../shared/property-values.ts";
import type { PropertyMap } from "../shared/property-values.ts";
import type { CheckRequest, CheckResult } from "../shared/provider.ts";
import { isSet, timeoutSecondsOf } from "./annotations.ts";
import { ruleFor } from "./await/rules.ts";
import { withMetadata, withName } from "./autonaming.ts";
import { peelAt, textInput } from "./inputs.ts";
import { hideSecretData } from "./outputs.ts";
import type { Target } from "./place.ts";
import { parseType } from "./types.ts";

/** Completes the inputs: name, namespace, secret marks. The server validates the object in the preview. */
export async function checkInputs(target: Target, request: CheckRequest): Promise<CheckResult> {
  const reason = refusal(request) ?? wrongAnnotation(request.inputs);
  if (reason !== undefined) return { inputs: request.inputs, failures: [{ reason }] };
  const { apiVersion, kind } = parseType(request.type);
  const typed = {
    ...request.inputs,
    apiVersion: textInput(request.inputs, "apiVersion") ?? apiVersion,
    kind,
  };
  const named = withName(typed, request);
  return { inputs: hideSecretData(await withNamespace(target, named)) };
}

function refusal({ type, inputs }: CheckRequest): string | undefined {
  const { kind } = parseType(type);
  const given = textInput(inputs, "kind");
  if (given !== undefined && given !== kind) {
    return kind === `${given}Patch`
      ? "the stand-in provider does not support patch resources: let the program own the object, or patch it with kubectl"
      : `the resource's kind is ${given}, but its type says ${kind}`;
  }
  if (kind.endsWith("List") && peelAt(inputs, "items") !== undefined) {
    return `the stand-in provider does not support ${kind}: write one resource for each element`;
  }
  if (isSet(inputs, "replaceUnready") && kind !== "Job") {
    return `the annotation pulumi.com/replaceUnready works for Jobs only, not for a ${kind}`;
  }
  if (textInput(inputs, "metadata", "generateName") !== undefined) {
    return "metadata.generateName does not go together with server-side apply: leave out the name for a generated one";
  }
  return undefined;
}

/** Validates the wait annotations before the write, although the wait comes after it. */
function wrongAnnotation(inputs: PropertyMap): string | undefined {
  try {
    ruleFor(inputs);
    timeoutSecondsOf(inputs, undefined, 0);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function withNamespace(target: Target, inputs: PropertyMap): Promise<PropertyMap> {
  if (peelAt(inputs, "metadata") instanceof Unknown) return inputs;
  if (peelAt(inputs, "metadata", "namespace") !== undefined) return inputs;
  const apiVersion = textInput(inputs, "apiVersion") ?? "";
  const resource = await target.cluster.discovery.find(apiVersion, textInput(inputs, "kind") ?? "");
  // An object of a kind that does not exist yet (its definition is in the same program) gets its namespace on creation.
  return resource?.namespaced === true
    ? withMetadata(inputs, { namespace: target.defaultNamespace })
    : inputs;
}
