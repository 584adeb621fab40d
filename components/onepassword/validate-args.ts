import type { ArgumentProblem } from "../core/invalid-args.ts";
import type { OnePasswordArgs } from "./args.ts";

/** Problems with the arguments of an operator; empty if they are valid. */
export function validateOnePasswordArgs(args: OnePasswordArgs): ArgumentProblem[] {
  const { connectApi, connectSync } = args.images;
  const problems: ArgumentProblem[] = [];
  if (args.watchNamespaces.length === 0) {
    problems.push({
      propertyPath: "watchNamespaces",
      reason:
        "must not be empty: an empty list means every namespace and access to all Secrets of the cluster",
    });
  }
  if (args.apiServer.cidrs.length === 0) {
    problems.push({
      propertyPath: "apiServer.cidrs",
      reason: "must not be empty: an empty list means every address",
    });
  }
  if (args.access.mode === "connect" && connectApi.tag !== connectSync.tag) {
    problems.push({
      propertyPath: "images.connectSync",
      reason: `must have the version of images.connectApi (${connectApi.tag}): the chart uses one version for both`,
    });
  }
  for (const [name, image] of Object.entries({ connectApi, connectSync })) {
    if (args.access.mode === "connect" && image.digest !== undefined) {
      problems.push({
        propertyPath: `images.${name}.digest`,
        reason:
          "must be left out: the chart writes the version of Connect into a label, where no digest fits",
      });
    }
  }
  const { pollingIntervalSeconds: seconds = 600 } = args;
  if (!Number.isInteger(seconds) || seconds < 1) {
    problems.push({
      propertyPath: "pollingIntervalSeconds",
      reason: "must be a whole number of seconds, at least 1",
    });
  }
  return problems;
}
