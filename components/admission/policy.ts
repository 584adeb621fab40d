// What an admission policy is, before any engine is told: data alone. Expressions are CEL, which every engine here speaks.

export type Engine = "native" | "kyverno";

/** `audit` lets through and tells: the caller by a warning, the audit log by an annotation. */
export type Mode = "off" | ActiveMode;
export type ActiveMode = "audit" | "enforce";

export type Operation = "CREATE" | "UPDATE" | "DELETE";

export interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly Operation[];
  /** Subresources are named one by one: a rule on `jobs` does not see `jobs/status`. */
  readonly resources: readonly string[];
}

/** One text for every engine, or one for each where they have no word in common. */
export type Expression = string | Readonly<Record<Engine, string>>;

export interface NamedExpression {
  readonly name: string;
  readonly expression: Expression;
}

export interface Validation {
  /** True lets through. */
  readonly expression: string;
  /** What is refused, for the documentation, and when the expression below fails. */
  readonly message: string;
  /** What the caller reads: what to write in its place. */
  readonly messageExpression: string;
}

export interface AdmissionPolicy {
  /** Name of the object in the cluster, which has one of each: a second stack's is refused as existing. */
  readonly name: string;
  readonly description: string;
  /** The namespaces that it looks at, by their labels. @default all */
  readonly namespaceSelector?: NamespaceSelector;
  readonly rules: readonly ResourceRule[];
  /** A request that one of them is false for is let through. */
  readonly matchConditions: readonly NamedExpression[];
  /** In order: each may use those before it, as `variables.<name>`. */
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

/** The text of an expression for an engine. */
export function textFor(engine: Engine, expression: Expression): string {
  return typeof expression === "string" ? expression : expression[engine];
}
