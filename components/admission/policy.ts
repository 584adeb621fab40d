// An admission policy, independent of the engine. Expressions are CEL, which all engines support.

export type Engine = "native" | "kyverno";

/** `audit` admits the request and reports it: as a warning to the caller, and as an annotation in the audit log. */
export type Mode = "off" | ActiveMode;
export type ActiveMode = "audit" | "enforce";

export type Operation = "CREATE" | "UPDATE" | "DELETE";

export interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly Operation[];
  /** Name each subresource: a rule on `jobs` does not match `jobs/status`. */
  readonly resources: readonly string[];
}

/** One expression for all engines, or one per engine where the engines differ. */
export type Expression = string | Readonly<Record<Engine, string>>;

export interface NamedExpression {
  readonly name: string;
  readonly expression: Expression;
}

export interface Validation {
  /** True admits the request. */
  readonly expression: string;
  /** What the policy rejects. Used in the documentation, and as the message if the expression below fails. */
  readonly message: string;
  /** The message for the caller: what to write instead. */
  readonly messageExpression: string;
}

export interface AdmissionPolicy {
  /** Name of the cluster-scoped object. A second stack fails because the object exists. */
  readonly name: string;
  readonly description: string;
  /**
   * The namespaces that the policy applies to, by label.
   * @default all
   */
  readonly namespaceSelector?: NamespaceSelector;
  readonly rules: readonly ResourceRule[];
  /** A request is admitted if one of these is false. */
  readonly matchConditions: readonly NamedExpression[];
  /** Evaluated in order. Each can use the earlier ones as `variables.<name>`. */
  readonly variables: readonly NamedExpression[];
  readonly validations: readonly Validation[];
}

export interface NamespaceSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: "Exists" | "In";
    readonly values?: readonly string[];
  }[];
}

/** The text of an expression for one engine. */
export function textFor(engine: Engine, expression: Expression): string {
  return typeof expression === "string" ? expression : expression[engine];
}
