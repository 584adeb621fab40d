import type { ArgumentProblem } from "../core/invalid-args.ts";
import { addressProblems } from "../core/network/render-address-egress.ts";
import { KYVERNO_CHART } from "./chart.ts";
import { engineProblem } from "./engine.ts";
import type { KyvernoArgs } from "./args.ts";

/** Problems with the arguments of an engine; empty if they are valid. */
export function validateKyvernoArgs({
  namespace,
  apiServer,
  chart = KYVERNO_CHART,
}: KyvernoArgs): ArgumentProblem[] {
  const problems = apiServer === undefined ? [] : addressProblems("apiServer.", apiServer);
  if (namespace === "kube-system") {
    problems.push({
      propertyPath: "namespace",
      reason: "must be Kyverno's own namespace, which its webhooks exclude",
    });
  }
  const reason = engineProblem(chart.version);
  if (reason !== undefined) problems.push({ propertyPath: "chart.version", reason });
  return problems;
}
