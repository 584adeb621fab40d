import type { EngineLog } from "./engine-log.ts";
import type { PropertyMap, PropertyValue } from "./property-values.ts";

/**
 * What a resource provider does, without gRPC. `serveProvider` (provider-server.ts) puts it on the wire and tells
 * the engine that it takes secrets and takes part in previews. An error that a method throws fails the operation:
 * see errors.ts for the ones that say more than "failed, state unknown".
 */
export interface Provider {
  readonly name: string;
  readonly version: string;
  /** JSON of the package schema; a bare one with name and version is served when it is left out. */
  readonly schema?: string;

  /** Secrets never reach checkConfig and diffConfig: the engine sends plain values and keeps the secretness. */
  checkConfig?(request: CheckRequest, operation: Operation): Promise<CheckResult>;
  diffConfig?(request: Omit<DiffRequest, "id">, operation: Operation): Promise<DiffResult>;
  /** Called once, before any resource; not at all while an input of the provider is unknown. */
  configure?(inputs: PropertyMap, operation: Operation): Promise<void>;

  check(request: CheckRequest, operation: Operation): Promise<CheckResult>;
  /** Refresh calls this with swapped roles (the old outputs are what read returned): compare inputs only. */
  diff(request: DiffRequest, operation: Operation): Promise<DiffResult>;
  create(request: CreateRequest, operation: Operation): Promise<CreateResult>;
  /** Refresh and import. `undefined` = the resource is gone. */
  read(request: ReadRequest, operation: Operation): Promise<ReadResult | undefined>;
  update(request: UpdateRequest, operation: Operation): Promise<PropertyMap>;
  delete(request: DeleteRequest, operation: Operation): Promise<void>;
  invoke?(request: InvokeRequest, operation: Operation): Promise<InvokeResult>;
}

/** What every call gets beside its request. */
export interface Operation {
  /** Aborted when the engine asks to cancel (the user pressed ^C): stop waiting and say how far it got. */
  readonly signal: AbortSignal;
  /** Messages appear under the resource that the call is about. */
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

/** `property` is a plain property name or path. Put no secret value into `reason`: it is shown. */
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
  /** Properties that force a replacement; not empty = replace. */
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
