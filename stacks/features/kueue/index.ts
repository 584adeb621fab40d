import { KueueQueues } from "../../../components/kueue/index.ts";
import type { Feature } from "../../feature.ts";
import { labelsOf } from "../../schema/names.ts";
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
  build({ config: { kueue: section, namespacePrefix }, plans, opts }) {
    const queues = plans.flatMap(({ queues: own = [] }) => [...own]);
    const nodeLabels = labelsOf(section.nodeLabels);
    return {
      resources: [
        new KueueQueues("kueue", { namePrefix: namespacePrefix, queues, ...section, nodeLabels }, opts),
      ],
    };
  },
};
