import { TENANT } from "../../../components/core/labels.ts";
import { KYVERNO, kyvernoEndpoints } from "../../../components/kyverno/endpoints.ts";
import type { Feature, ImageName, Plan } from "../../feature.ts";
import { buildSecurity } from "./build.ts";
import { kyvernoEdgesOf, kyvernoNamespaces, usesKyverno } from "./kyverno.ts";
import { kyvernoProblems } from "./kyverno-rules.ts";
import { securityProblems } from "./rules.ts";
import { securitySchema } from "./schema.ts";

const KYVERNO_NAMESPACE = ["security", "kyverno", "namespace"];

export const security: Feature<"security"> = {
  name: "security",
  schema: securitySchema,
  toggle: { default: false, description: "Admission policies." },
  stage: "policies",
  plan: (config) => ({
    namespaces: Object.fromEntries(
      Object.entries(kyvernoNamespaces(config)).map(([name, namespace]) => [name, { namespace }]),
    ),
    namespaceKeys: {
      [KYVERNO]: {
        path: KYVERNO_NAMESPACE,
        // The webhooks of Kyverno exclude kube-system, so Kyverno cannot share it.
        mustBeOwn: config.security.kyverno.namespace === "kube-system",
      },
    },
    existingNamespaces:
      usesKyverno(config) && config.security.kyverno.namespaceExists
        ? [{ path: KYVERNO_NAMESPACE, namespace: config.security.kyverno.namespace }]
        : [],
    workloads: usesKyverno(config) ? Object.values(kyvernoEndpoints(config.security.kyverno.namespace)) : [],
    installsChart: usesKyverno(config),
    edges: kyvernoEdgesOf(config),
  }),
  rules: (config, { plans, images }) => [
    ...securityProblems({ ...config, images, tenants: tenantsOf(plans) }),
    ...kyvernoProblems(config, Object.keys(images) as ImageName[]),
  ],
  build: ({ config, plans, images, namespaces, opts }) => ({
    resources: buildSecurity(
      config,
      { queues: plans.flatMap(({ queues = [] }) => [...queues]), images, namespaces },
      opts,
    ),
  }),
};

/** Namespaces of tenants by the names of these. */
function tenantsOf(plans: readonly Plan[]): Record<string, string> {
  const all = plans.flatMap(({ namespaces = {} }) => Object.values(namespaces));
  return Object.fromEntries(
    all.flatMap(({ namespace, labels }) => {
      const tenant = labels?.[TENANT];
      return tenant === undefined ? [] : [[tenant, namespace]];
    }),
  );
}
