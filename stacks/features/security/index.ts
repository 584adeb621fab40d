import type { TenantClassNames } from "../../../components/admission/policies/tenants.ts";
import { TENANT } from "../../../components/core/labels.ts";
import { KYVERNO, kyvernoEndpoints } from "../../../components/kyverno/endpoints.ts";
import type { Feature, ImageName, Plan } from "../../feature.ts";
import { buildSecurity } from "./build.ts";
import { kyvernoEdgesOf, usesKyverno } from "./kyverno.ts";
import { kyvernoProblems } from "./kyverno-rules.ts";
import { securityProblems } from "./rules.ts";
import { securitySchema } from "./schema.ts";

export const security: Feature<"security"> = {
  name: "security",
  schema: securitySchema,
  toggle: { default: false, description: "Admission policies." },
  stage: "policies",
  plan(config) {
    const { namespace, namespaceExists } = config.security.kyverno;
    if (!usesKyverno(config)) return {};
    const path = ["security", "kyverno", "namespace"];
    return {
      ...(namespaceExists
        ? { existingNamespaces: [{ path, namespace }] }
        : {
            namespaces: { [KYVERNO]: { namespace } },
            namespaceKeys: {
              [KYVERNO]: { path, ...(namespace === "kube-system" ? { mustBeOwn: true } : {}) },
            },
          }),
      workloads: Object.values(kyvernoEndpoints(namespace)),
      installsChart: true,
      edges: kyvernoEdgesOf(config),
    };
  },
  rules: (config, { plans, images }) => [
    ...securityProblems({ ...config, images, tenants: tenantsOf(plans) }),
    ...kyvernoProblems(config, Object.keys(images) as ImageName[]),
  ],
  build: ({ config, plans, images, namespaces, opts }) => ({
    resources: buildSecurity(
      config,
      {
        queues: plans.flatMap(({ queues = [] }) => [...queues]),
        classes: Object.assign({}, ...plans.map(({ classes }) => classes)) as TenantClassNames,
        images,
        namespaces,
      },
      opts,
    ),
  }),
};

/** Namespaces of tenants, by the tenant's name. */
function tenantsOf(plans: readonly Plan[]): Record<string, string> {
  const all = plans.flatMap(({ namespaces = {} }) => Object.values(namespaces));
  return Object.fromEntries(
    all.flatMap(({ namespace, labels }) => {
      const tenant = labels?.[TENANT];
      return tenant === undefined ? [] : [[tenant, namespace]];
    }),
  );
}
