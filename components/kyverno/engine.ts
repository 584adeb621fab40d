/** The oldest Kyverno that serves ValidatingPolicy and ImageValidatingPolicy as `policies.kyverno.io/v1` (apps.md §1.3). */
const OLDEST_WITH_CEL_KINDS = 17;
/** The oldest whose ClusterPolicy takes rules in CEL with variables (1.11), and has `failureAction` in the rule (1.13). */
const OLDEST = 13;
/** Until then the last policy's selector counted for all that shared a webhook, without a word (apps.md §1.4). */
const SELECTORS_FIXED = 19;

export const POLICY_API_VERSION = "policies.kyverno.io/v1";

/**
 * The minor version of the Kyverno 1 that a chart installs: 3.5 is 1.15, 3.7 is 1.17, 3.8 is 1.18, 3.9 is 1.19 (apps.md §1.1).
 * @returns undefined for a chart that this rule was not seen to hold for.
 */
function engineMinor(chartVersion: string): number | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(chartVersion) ?? [];
  return major === "3" && minor !== undefined ? Number(minor) + 10 : undefined;
}

/** The kind of policy that a chart's engine is given: the one in CEL, where it has it. */
export function policyKind(chartVersion: string): "ValidatingPolicy" | "ClusterPolicy" {
  return (engineMinor(chartVersion) ?? 0) < OLDEST_WITH_CEL_KINDS ? "ClusterPolicy" : "ValidatingPolicy";
}

/** Why a chart's engine cannot be given the platform's policies; nothing when it can. */
export function engineProblem(chartVersion: string): string | undefined {
  const minor = engineMinor(chartVersion);
  if (minor === undefined) return "is no chart 3.x: nobody has looked which policies its engine knows";
  if (minor >= OLDEST) return undefined;
  return `installs Kyverno 1.${String(minor)}: it needs 1.${String(OLDEST)} for the policies of the platform`;
}

/** Why a chart's engine cannot look at signatures; nothing when it can. */
export function signatureProblem(chartVersion: string): string | undefined {
  const minor = engineMinor(chartVersion);
  if (minor === undefined || minor >= OLDEST_WITH_CEL_KINDS) return undefined;
  return (
    `installs Kyverno 1.${String(minor)}, which knows no ImageValidatingPolicy of ${POLICY_API_VERSION}: signatures would ` +
    "never be looked at"
  );
}

/**
 * What is worth telling of a chart's engine and no reason to stop, in words. The platform's policies have webhooks of their
 * own, which the defect spares; somebody else's may not.
 */
export function engineWarning(chartVersion: string): string | undefined {
  const minor = engineMinor(chartVersion);
  if (minor === undefined || minor >= SELECTORS_FIXED) return undefined;
  return (
    `Kyverno 1.${String(minor)} gives policies that share a webhook the namespaceSelector of the last one ` +
    "(kyverno/kyverno#15344, fixed in 1.19): the platform's do not share one, see that no other policy of the cluster does"
  );
}
