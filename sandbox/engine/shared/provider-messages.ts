import providerpb from "@pulumi/pulumi/proto/provider_pb.js";
import type * as wire from "@pulumi/pulumi/proto/provider_pb.js";
import { fromStruct, toStruct } from "./property-marshalling.ts";
import { containsSecret } from "./property-values.ts";
import type { PropertyMap } from "./property-values.ts";
import type * as api from "./provider.ts";

// Converts gRPC messages to the types of provider.ts and back, for conversions that several calls need.

interface WithIdentity {
  getUrn(): string;
  getType(): string;
  getName(): string;
}

export function identity(request: WithIdentity): api.ResourceIdentity {
  return { urn: request.getUrn(), type: request.getType(), name: request.getName() };
}

export function checkRequest(request: wire.CheckRequest): api.CheckRequest {
  const autonaming = request.getAutonaming();
  const modes = ["propose", "enforce", "disable"] as const;
  return {
    ...identity(request),
    oldInputs: fromStruct(request.getOlds()),
    inputs: fromStruct(request.getNews()),
    randomSeed: request.getRandomseed_asU8(),
    autonaming: autonaming && {
      proposedName: autonaming.getProposedName(),
      mode: modes[autonaming.getMode()],
    },
  };
}

export function checkResponse(result: api.CheckResult, secrets: PropertyMap | "all"): wire.CheckResponse {
  const response = new providerpb.CheckResponse();
  response.setInputs(toStruct(result.inputs));
  response.setFailuresList(failureList(result.failures, secrets));
  return response;
}

/**
 * The CLI prints the value of a failure's property. A property that contains a secret in `secrets` is therefore only in
 * the reason.
 */
export function failureList(
  failures: readonly api.CheckFailure[] = [],
  secrets: PropertyMap | "all",
): wire.CheckFailure[] {
  return failures.map(({ property = "", reason }) => {
    const hide = property !== "" && (secrets === "all" || containsSecret(secrets[topLevelKey(property)]));
    const failure = new providerpb.CheckFailure();
    failure.setProperty(hide ? "" : property);
    failure.setReason(hide ? `${property}: ${reason}` : reason);
    return failure;
  });
}

function topLevelKey(path: string): string {
  return path.split(/[.[]/, 1)[0] ?? "";
}

export function diffRequest(request: wire.DiffRequest | wire.UpdateRequest): api.DiffRequest {
  return {
    ...identity(request),
    id: request.getId(),
    oldInputs: fromStruct(request.getOldInputs()),
    oldOutputs: fromStruct(request.getOlds()),
    inputs: fromStruct(request.getNews()),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = providerpb.PropertyDiff.Kind;
const DIFF_KINDS = {
  add: ADD,
  "add-replace": ADD_REPLACE,
  delete: DELETE,
  "delete-replace": DELETE_REPLACE,
  update: UPDATE,
  "update-replace": UPDATE_REPLACE,
} as const;

export function diffResponse(result: api.DiffResult): wire.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = providerpb.DiffResponse.DiffChanges;
  const response = new providerpb.DiffResponse();
  response.setChanges(result.changes ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList([...(result.changedKeys ?? [])]);
  response.setReplacesList([...(result.replaceKeys ?? [])]);
  response.setDeletebeforereplace(result.deleteBeforeReplace ?? false);
  response.setHasdetaileddiff(result.detailedDiff !== undefined);
  for (const [path, { kind, inputDiff }] of Object.entries(result.detailedDiff ?? {})) {
    const propertyDiff = new providerpb.PropertyDiff();
    propertyDiff.setKind(DIFF_KINDS[kind]);
    propertyDiff.setInputdiff(inputDiff ?? true);
    response.getDetaileddiffMap().set(path, propertyDiff);
  }
  return response;
}
