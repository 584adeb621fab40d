import { LITELLM } from "../../../components/litellm/endpoints.ts";
import type { Feature } from "../../feature.ts";
import {
  buildTenants,
  tenantClasses,
  tenantGatewayUsers,
  tenantNamespaceArgs,
  tenantQueues,
} from "./build.ts";
import { tenantKey, tenantsProblems } from "./rules.ts";
import { tenantsSchema } from "./schema.ts";

export const tenants: Feature<"tenants"> = {
  name: "tenants",
  schema: tenantsSchema,
  stage: "services",
  plan: (config) => ({
    namespaces: tenantNamespaceArgs(config, config.profile === "prod"),
    namespaceKeys: Object.fromEntries(
      Object.keys(config.tenants).map((name) => [tenantKey(name), { path: ["tenants", name] }]),
    ),
    uses: Object.entries(tenantGatewayUsers(config)).map(([name, { namespace }]) => ({
      of: "gateway",
      name,
      namespace,
      callers: [{ outside: { everyPodOf: namespace } }],
      needs: "to-work",
    })),
    queues: tenantQueues(config),
    classes: tenantClasses(config),
  }),
  rules: tenantsProblems,
  build({ config, connection, opts }) {
    return {
      resources: buildTenants(config, opts),
      secrets: Object.fromEntries(
        Object.entries(tenantGatewayUsers(config)).flatMap(([name, { namespace }]) => {
          const ref = connection("gateway", name)?.secret;
          return ref === undefined ? [] : [[name, { namespace, ref, service: LITELLM }]];
        }),
      ),
    };
  },
};
