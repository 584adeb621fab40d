import { type ConfigProblem, fixCommand, formatPath } from "../config-problem.ts";
import type { Config, Feature } from "../feature.ts";
import { FEATURES } from "../features/index.ts";
import { isOn, providerOf } from "../plan.ts";

/** Providers that a feature needs and that are off. */
export function requiredProblems(config: Config, feature: Feature): ConfigProblem[] {
  if (!isOn(feature, config)) return [];
  const { uses = [] } = feature.plan(config);
  return FEATURES.flatMap(({ name, provides }) =>
    uses.flatMap(({ of, required, offKey = ["features", feature.name] }) => {
      if (of !== provides || required === undefined || providerOf(config, of) !== undefined) return [];
      const path = ["features", name];
      return [
        {
          path,
          value: false,
          reason: `${required} (${formatPath(offKey)} is on)`,
          fix: `${fixCommand(path, "true")}  (or: ${fixCommand(offKey, "false")})`,
        },
      ];
    }),
  );
}
