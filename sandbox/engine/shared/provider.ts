import type { EngineLog } from "./engine-log.ts";
import type { PropertyMap, PropertyValue } from "./property-values.ts";

/**
 * A resource provider without gRPC. `serveProvider` (provider-server.ts) adds gRPC and declares support for secrets and
 * previews to the engine. An error of a method fails the operation. errors.ts has the errors with more information than
 * "failed, state unknown".
 */
export interface Provider {
  readonly name: string;
  readonly version: string;
  /** JSON of the package schema. @default a schema with only name and version */
  readonly schema?: string;

  /** Secrets never reach checkConfig and diffConfig: the engine sends plain values and keeps the secretness. */
  checkConfig?(request: CheckRequest, operation: Operation): Promise<CheckResult>;
  diffConfig?(request: Omit<DiffRequest, "id">, operation: Operation): Promise<DiffResult>;
  /** Called once before any resource, but not while an input of the provider is unknown. */
  configure?(inputs: PropertyMap, operation: Operation): Promise<void>;

  check(request: CheckRequest, operation: Operation): Promise<CheckResult>;
  /** Refresh calls this with swapped roles (the old outputs are what read returned): compare inputs only. */
  diff(request: DiffRequest, operation: Operation): Promise<DiffResult>;
  create(request: CreateRequest, operation: Operation): Promise<CreateResult>;
  /** For refresh and import. `undefined` if the resource no longer exists. */
  read(request: ReadRequest, operation: Operation): Promise<ReadResult | undefined>;
  update(request: UpdateRequest, operation: Operation): Promise<PropertyMap>;
  delete(request: DeleteRequest, operation: Operation): Promise<void>;
  invoke?(request: InvokeRequest, operation: Operation): Promise<InvokeResult>;
}

/** The context of every call. */
export interface Operation {
  /** Aborted when the engine cancels (^C): stop waiting and return the partial result. */
  readonly signal: AbortSignal;
  /** Messages appear under the resource of the call. */
  readonly log: EngineLog;
}

/** `type` is the token, e.g. `random:index/randomPassword:RandomPassword`; `name` the last part of the URN. */
export interface ResourceIdentity {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
}

export interface CheckRequest extends ResourceIdentity {
  /** The checked inputs of the last update; empty for a new resource. */
  readonly oldInputs: PropertyMap;
  readonly inputs: PropertyMap;
  /** Same for each preview and update of one plan: names derived from it stay the same. Empty when not given. */
  readonly randomSeed: Uint8Array;
  readonly autonaming: Autonaming | undefined;
}

export interface Autonaming {
  readonly proposedName: string;
  readonly mode: "propose" | "enforce" | "disable";
}

export interface CheckResult {
  readonly inputs: PropertyMap;
  readonly failures?: readonly CheckFailure[];
}

/** `property` is a property name or path. `reason` is shown, so it must not contain a secret. */
export interface CheckFailure {
  readonly property?: string;
  readonly reason: string;
}

export interface DiffRequest extends ResourceIdentity {
  readonly id: string;
  readonly oldInputs: PropertyMap;
  readonly oldOutputs: PropertyMap;
  readonly inputs: PropertyMap;
  readonly ignoreChanges: readonly string[];
}

export interface DiffResult {
  readonly changes: boolean;
  /** Changed top-level properties. */
  readonly changedKeys?: readonly string[];
  /** Properties that force a replacement. Empty if there is none. */
  readonly replaceKeys?: readonly string[];
  readonly deleteBeforeReplace?: boolean;
  /** By property path, for the CLI's display. */
  readonly detailedDiff?: Readonly<Record<string, PropertyDiff>>;
}

export interface PropertyDiff {
  readonly kind: "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";
  /** True: old and new inputs differ. False: old outputs and new inputs differ. */
  readonly inputDiff?: boolean;
}

export interface CreateRequest extends ResourceIdentity {
  readonly inputs: PropertyMap;
  readonly preview: boolean;
  /** From customTimeouts; undefined = the provider's default. */
  readonly timeoutSeconds: number | undefined;
}

/** In a preview `id` may be "" (not known yet). */
export interface CreateResult {
  readonly id: string;
  readonly outputs: PropertyMap;
}

export interface ReadRequest extends ResourceIdentity {
  readonly id: string;
  /** Both empty on import and `.get`. */
  readonly oldInputs: PropertyMap;
  readonly oldOutputs: PropertyMap;
}

export interface ReadResult {
  readonly id: string;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

export interface UpdateRequest extends DiffRequest {
  readonly preview: boolean;
  readonly timeoutSeconds: number | undefined;
}

export interface DeleteRequest extends ResourceIdentity {
  readonly id: string;
  readonly oldInputs: PropertyMap;
  readonly oldOutputs: PropertyMap;
  readonly timeoutSeconds: number | undefined;
}

export interface InvokeRequest {
  readonly token: string;
  readonly inputs: PropertyMap;
  readonly preview: boolean;
}

export interface InvokeResult {
  readonly outputs: Readonly<Record<string, PropertyValue>>;
  readonly failures?: readonly CheckFailure[];
}
