import type { ArgumentProblem } from "../invalid-args.ts";
import type { LiteLlmArgs } from "./index.ts";
import { apiKeyVariable } from "./models.ts";

/** What is wrong with the arguments of a gateway; nothing when they fit. */
export function validateLiteLlmArgs(args: LiteLlmArgs): ArgumentProblem[] {
  const problems: ArgumentProblem[] = [];
  if (args.models.length === 0) problems.push({ propertyPath: "models", reason: "must not be empty" });
  args.models.forEach((model, index) => {
    if (model.provider !== "mock" && !Object.hasOwn(args.apiKeys, model.apiKey)) {
      problems.push({
        propertyPath: `models[${String(index)}].apiKey`,
        reason: `names "${model.apiKey}", which apiKeys does not have`,
      });
    }
  });
  // Two names, one variable: a provider would be sent the other one's key.
  Object.keys(args.apiKeys).forEach((apiKey, index, all) => {
    const twin = all.slice(0, index).find((other) => apiKeyVariable(other) === apiKeyVariable(apiKey));
    if (twin !== undefined) {
      problems.push({
        propertyPath: `apiKeys.${apiKey}`,
        reason: `is the same variable as apiKeys.${twin} (${apiKeyVariable(apiKey)})`,
      });
    }
  });
  const replicas = args.replicas ?? 1;
  if (!Number.isInteger(replicas) || replicas < 1) {
    problems.push({ propertyPath: "replicas", reason: "must be a whole number, at least 1" });
  }
  return problems;
}
