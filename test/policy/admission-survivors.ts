/** Mutants that no request can distinguish from the original, with the reason. */
export const SURVIVORS: Readonly<Record<string, string>> = {
  "llm-platform-require-queue-name: variables unchanged without request.operation == 'UPDATE'":
    "what is compared with nothing is an error, which refuses, too",
  "llm-platform-require-queue-name: variables madeByController with '~' for ''":
    "every request has a user: the word stands for none (twice)",
  "llm-platform-guard-labels: matchConditions not-the-namespace-controller with '~' for ''":
    "every request has a user: the word stands for none",
  "llm-platform-tenant-pods: variables podSpecsBefore always takes dyn(oldObject).kind == 'CronJob' ? [dyn(oldObject).spec.j...":
    "a pod is only judged when it is created",
  "llm-platform-tenant-pods: variables podSpecsBefore with '~' for 'Pod'": "likewise",
  "llm-platform-tenant-objects: variables specBefore always takes dyn(oldObject).?spec.orValue({})":
    "what does not exist has no spec, either",
  "llm-platform-gateway-version: variables refused without i.split('@')[0].find(':[^/:]*$').find('^:(v|version-)?[0-...":
    "the numbers of what has none are an error, which refuses, too, if in worse words",
  "llm-platform-gateway-version: variables refused with '~' for ''": "likewise",
};
