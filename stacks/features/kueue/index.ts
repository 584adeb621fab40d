import { KueueQueues } from "../../../components/kueue/index.ts";
import type { Feature } from "../../feature.ts";
import { defined } from "../../given.ts";
import { labelsOf } from "../../schema/names.ts";
import { kueueProblems } from "./rules.ts";
import { kueueSchema } from "./schema.ts";

export const kueue: Feature<"kueue"> = {
  name: "kueue",
  schema: kueueSchema,
  toggle: {
    default: false,
    description: "Queues for workloads of tenants. Kueue itself must be installed in the cluster.",
  },
  stage: "services",
  plan: () => ({}),
  rules: (config) => kueueProblems(config),
  build({ config: { kueue: section, namespacePrefix: namePrefix }, plans, opts }) {
    const queues = plans.flatMap(({ queues: own = [] }) => [...own]);
    const { quota, priorities, cohort, nodeLabels } = section;
    return {
      resources: [
        new KueueQueues(
          "kueue",
          {
            namePrefix,
            queues,
            quota,
            priorities,
            nodeLabels: labelsOf(nodeLabels),
            ...defined({ cohort }),
          },
          opts,
        ),
      ],
    };
  },
};
