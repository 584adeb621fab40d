import type { Feature } from "../../feature.ts";
import { labelsOf } from "../../schema/names.ts";
import { monitoringProblems } from "./rules.ts";
import { monitoringSchema } from "./schema.ts";

export const monitoring: Feature<"monitoring"> = {
  name: "monitoring",
  schema: monitoringSchema,
  stage: "operators",
  plan: ({ monitoring: { namespace, podLabels } }) =>
    namespace === undefined ? {} : { metricsReader: { namespace, podLabels: labelsOf(podLabels) } },
  rules: ({ monitoring: section }, { made }) =>
    monitoringProblems(
      section,
      made.map(({ namespace }) => namespace),
    ),
};
