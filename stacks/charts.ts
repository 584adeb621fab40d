import type { ParsedConfig } from "./parse-config.ts";

/** Whether the stack installs a Helm chart: on an engine that runs helm, it has to be there. */
export function usesCharts({
  features,
  security,
  postgres,
  storage,
  tracing,
  gateway,
}: ParsedConfig): boolean {
  return (
    features.onepassword ||
    (features.security && security.engine === "kyverno") ||
    (features.postgres && postgres.mode === "cloudnativepg" && postgres.cluster.operator.install) ||
    (features.storage && storage.driver.install) ||
    (features.tracing && tracing.delivery === "helm") ||
    (features.gateway && gateway.delivery === "helm")
  );
}
