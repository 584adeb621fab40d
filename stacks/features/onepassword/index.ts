import { onePasswordEdges, onePasswordEndpoints } from "../../../components/onepassword/endpoints.ts";
import type { Feature } from "../../feature.ts";
import { imageOf } from "../../images.ts";
import { namespaceOf } from "../../namespace-of.ts";
import { secretsAround } from "../../rules/secrets.ts";
import { buildOnePassword } from "./build.ts";
import { onePasswordProblems } from "./rules.ts";
import { onePasswordSchema } from "./schema.ts";

export const onepassword: Feature<"onepassword"> = {
  name: "onepassword",
  schema: onePasswordSchema,
  toggle: { default: false, description: "The 1Password operator." },
  configKeys: ({ onepassword: { token, credentials, reader } }) => [token, credentials, reader.token],
  stage: "operators",
  alwaysChecked: true,
  plan(config) {
    const namespace = namespaceOf(config, "onepassword");
    return {
      namespaces: { onepassword: { namespace } },
      workloads: Object.values(onePasswordEndpoints(namespace)),
      images: ["onepasswordOperator", "onepasswordConnectApi", "onepasswordConnectSync"],
      installsChart: true,
      edges: onePasswordEdges(namespace, config.onepassword.mode),
    };
  },
  rules: (config, { source }) => onePasswordProblems(config.onepassword, secretsAround(config, source)),
  build({ config, readers, namespaces, opts }) {
    const namespace = namespaceOf(config, "onepassword");
    const built = buildOnePassword(
      config.onepassword,
      {
        profile: config.profile,
        namespace,
        watchNamespaces: namespaces.filter((own) => own !== namespace),
        images: {
          operator: imageOf(config, "onepasswordOperator"),
          connectApi: imageOf(config, "onepasswordConnectApi"),
          connectSync: imageOf(config, "onepasswordConnectSync"),
        },
        configKey: readers.configKey,
      },
      opts,
    );
    return { resources: [built] };
  },
};
