// What a program registered: the subject of tests.
/** A resource as a program registered it. */
export interface RecordedResource {
  readonly urn: string;
  /** The provider's: `namespace/name` of a Kubernetes object, given names included. Empty for a component. */
  readonly id: string;
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** As sent: secrets still wrapped (see `secrets.ts`). */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What a component said about itself with `registerOutputs`. */
  readonly outputs: Readonly<Record<string, unknown>> | undefined;
  /** URN of the parent. Empty only for the stack. */
  readonly parent: string;
  /** Whether a provider manages it; otherwise it is a component. */
  readonly custom: boolean;
  /** `<urn>::<id>` of the provider that manages it; empty for a default provider. */
  readonly provider: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
  readonly deleteBeforeReplace: boolean;
  /** URNs of what it comes after, by option or by an input; a component there stands for its children, too. */
  readonly dependencies: readonly string[];
}

/** What a program did. */
export interface Recording {
  readonly resources: readonly RecordedResource[];
  /** What the program returned, as stack outputs; secrets still wrapped. */
  readonly outputs: Readonly<Record<string, unknown>>;
}
