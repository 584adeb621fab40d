/** Mutants that no request can tell from the original, and why. */
export const SURVIVORS: Readonly<Record<string, string>> = {
  "llm-platform-guard-labels: matchConditions not-the-namespace-controller with '~' for ''":
    "every request has a user: the word stands for none",
};
