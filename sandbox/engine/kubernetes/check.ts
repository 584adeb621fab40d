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

/** Completes the inputs: name, namespace, secret marks. What is wrong with the object, the server says in the preview. */
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

/** The wait comes after the write, but what it is to wait for is read before. */
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
  // A kind that is not there yet (its definition is in the same program) gets its namespace when it is created.
  return resource?.namespaced === true
    ? withMetadata(inputs, { namespace: target.defaultNamespace })
    : inputs;
}
