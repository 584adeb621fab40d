/**
 * The oldest Kyverno minor with ValidatingPolicy and ImageValidatingPolicy in `policies.kyverno.io/v1`
 * (docs/references.md#kyverno-policy-kinds).
 */
const OLDEST_WITH_CEL_KINDS = 17;
/**
 * The oldest Kyverno minor whose ClusterPolicy supports CEL rules with variables (1.11) and `failureAction` in a
 * rule (1.13).
 */
const OLDEST = 13;
/**
 * Before this minor, policies that share a webhook get the selector of the last
 * (docs/references.md#kyverno-shared-webhooks).
 */
const SELECTORS_FIXED = 19;

export const POLICY_API_VERSION = "policies.kyverno.io/v1";

/**
 * The minor version of Kyverno 1 that a chart installs: 3.5 is 1.15, 3.7 is 1.17, 3.8 is 1.18, 3.9 is 1.19
 * (docs/references.md#kyverno-chart-versions).
 * @returns undefined for a chart to which this rule is not known to apply.
 */
function engineMinor(chartVersion: string): number | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(chartVersion) ?? [];
  return major === "3" && minor !== undefined ? Number(minor) + 10 : undefined;
}

/** The kind of policy for the engine of a chart: the CEL kind if the engine has it. */
export function policyKind(chartVersion: string): "ValidatingPolicy" | "ClusterPolicy" {
  return (engineMinor(chartVersion) ?? 0) < OLDEST_WITH_CEL_KINDS ? "ClusterPolicy" : "ValidatingPolicy";
}

/** Why the engine of a chart cannot run the platform's policies; undefined if it can. */
export function engineProblem(chartVersion: string): string | undefined {
  const minor = engineMinor(chartVersion);
  if (minor === undefined) return "is not a chart 3.x: the policies that its engine supports are unknown";
  if (minor >= OLDEST) return undefined;
  return `installs Kyverno 1.${String(minor)}: it needs 1.${String(OLDEST)} for the policies of the platform`;
}

/** Why the engine of a chart cannot verify signatures; undefined if it can. */
export function signatureProblem(chartVersion: string): string | undefined {
  const minor = engineMinor(chartVersion);
  if (minor === undefined || minor >= OLDEST_WITH_CEL_KINDS) return undefined;
  return (
    `installs Kyverno 1.${String(minor)}, which knows no ImageValidatingPolicy of ${POLICY_API_VERSION}: signatures would ` +
    "never be verified"
  );
}

/**
 * A warning about the engine of a chart that does not stop the update. The defect does not affect the platform's
 * policies, which have their own webhooks, but it can affect other policies in the cluster.
 */
export function engineWarning(chartVersion: string): string | undefined {
  const minor = engineMinor(chartVersion);
  if (minor === undefined || minor >= SELECTORS_FIXED) return undefined;
  return (
    `Kyverno 1.${String(minor)} gives policies that share a webhook the namespaceSelector of the last one ` +
    "(kyverno/kyverno#15344, fixed in 1.19): the platform's policies do not share one. Check the other policies in the cluster"
  );
}
