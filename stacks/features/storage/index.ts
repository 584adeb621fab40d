import type { Feature } from "../../feature.ts";
import { buildStorage } from "./build.ts";
import { storageProblems } from "./rules.ts";
import { storageSchema } from "./schema.ts";

export const storage: Feature<"storage"> = {
  name: "storage",
  schema: storageSchema,
  toggle: { default: false, description: "StorageClasses on an NFS server." },
  stage: "operators",
  alwaysChecked: true,
  plan: ({ storage: { driver } }) => ({
    installsChart: driver.install,
    existingNamespaces: driver.install
      ? [{ path: ["storage", "driver", "namespace"], namespace: driver.namespace }]
      : [],
  }),
  rules: (config, { plans }) =>
    storageProblems(
      config,
      plans.flatMap(({ data = [] }) => [...data]),
    ),
  build: ({ config, opts }) => ({ resources: [buildStorage(config.storage, config.namespacePrefix, opts)] }),
};
