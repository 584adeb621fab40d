// The rules between keys of the configuration: those of each feature, and those of the whole configuration.
import type { ConfigProblem } from "../config-problem.ts";
import type { ConfigSource } from "../config-source.ts";
import type { Config } from "../feature.ts";
import { aroundOf, existingNamespaces, IN_ORDER, isOn } from "../plan.ts";
import { contextProblems } from "./context.ts";
import { exposureProblems } from "./exposure.ts";
import { imagesProblems } from "./images.ts";
import { namespaceProblems } from "./namespaces.ts";
import { requiredProblems } from "./required.ts";
import { secretsAround, secretsProblems } from "./secrets.ts";

/** The problems between keys. */
export function rulesOf(config: Config, source: ConfigSource): ConfigProblem[] {
  const around = aroundOf(config, source);
  const exposed = around.plans.flatMap(({ exposed: one }) =>
    one === undefined ? [] : [{ path: one.path, exposure: one.config }],
  );
  return [
    ...contextProblems(config, source.contexts),
    ...imagesProblems(config.images),
    ...secretsProblems(config.secrets, secretsAround(config, source)),
    ...exposureProblems(exposed, config.ingressController),
    ...namespaceProblems(around.made, existingNamespaces(config)),
    ...IN_ORDER.flatMap((feature) => {
      const own = feature.alwaysChecked || isOn(feature, config) ? feature.rules?.(config, around) : [];
      return [...requiredProblems(config, feature), ...(own ?? [])];
    }),
  ];
}
