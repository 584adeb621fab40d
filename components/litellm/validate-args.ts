import type { ArgumentProblem } from "../core/invalid-args.ts";
import { deliveryProblems } from "../core/release/delivery.ts";
import { exposureProblems } from "../core/workload/validate-args.ts";
import type { LiteLlmArgs } from "./args.ts";
import { LITELLM_PORT } from "./endpoints.ts";
import { KEY_NAME, type Limits, PERIOD } from "./keys.ts";
import { apiKeyOf, apiKeyVariable } from "./models.ts";
import { LITELLM_START_SECONDS } from "./pods.ts";

/** Problems with the arguments of a gateway; empty if they are valid. */
export function validateLiteLlmArgs(args: LiteLlmArgs): ArgumentProblem[] {
  return [
    ...modelProblems(args),
    ...apiKeyProblems(args),
    ...limitProblems(args),
    ...fallbackProblems(args),
    ...replicaProblems(args),
    ...deliveryProblems(args.delivery, LITELLM_START_SECONDS),
    ...exposureProblems({ ...args, pod: { ports: { http: LITELLM_PORT } } }),
  ];
}

function modelProblems({ models, apiKeys }: LiteLlmArgs): ArgumentProblem[] {
  if (models.length === 0) return [{ propertyPath: "models", reason: "must not be empty" }];
  return models.flatMap((model, index) => {
    const apiKey = apiKeyOf(model);
    return apiKey === undefined || Object.hasOwn(apiKeys, apiKey)
      ? []
      : [
          {
            propertyPath: `models[${String(index)}].apiKey`,
            reason: `refers to "${apiKey}", which is not in apiKeys`,
          },
        ];
  });
}

/** If two names gave the same variable, a provider would get the key of another. */
function apiKeyProblems({ apiKeys }: LiteLlmArgs): ArgumentProblem[] {
  return Object.keys(apiKeys).flatMap((apiKey, index, all) => {
    const twin = all.slice(0, index).find((other) => apiKeyVariable(other) === apiKeyVariable(apiKey));
    return twin === undefined
      ? []
      : [
          {
            propertyPath: `apiKeys.${apiKey}`,
            reason: `gives the same variable as apiKeys.${twin} (${apiKeyVariable(apiKey)})`,
          },
        ];
  });
}

function limitProblems({ models, teams = {}, consumers = {} }: LiteLlmArgs): ArgumentProblem[] {
  const known = models.map(({ name }) => name);
  const ofOne = (path: string, name: string, limits: Limits): ArgumentProblem[] => [
    ...(KEY_NAME.test(name) ? [] : [{ propertyPath: path, reason: `must match ${KEY_NAME.source}` }]),
    ...(limits.models?.length === 0
      ? [{ propertyPath: `${path}.models`, reason: "must not be empty: LiteLLM would allow all models" }]
      : []),
    ...(limits.models ?? [])
      .filter((model) => !known.includes(model))
      .map((model) => ({
        propertyPath: `${path}.models`,
        reason: `refers to "${model}", which is not in models`,
      })),
    ...(limits.budget === undefined || PERIOD.test(limits.budget.period)
      ? []
      : [{ propertyPath: `${path}.budget.period`, reason: 'must be like "30d" or "12h"' }]),
    ...Object.entries({
      "budget.usd": limits.budget?.usd,
      requestsPerMinute: limits.requestsPerMinute,
      tokensPerMinute: limits.tokensPerMinute,
    })
      .filter(([, value]) => value !== undefined && !(value > 0))
      .map(([key]) => ({ propertyPath: `${path}.${key}`, reason: "must be more than 0" })),
  ];
  return [
    ...Object.entries(teams).flatMap(([name, team]) => ofOne(`teams[${JSON.stringify(name)}]`, name, team)),
    ...Object.entries(consumers).flatMap(([name, consumer]) => {
      const path = `consumers[${JSON.stringify(name)}]`;
      const { team } = consumer;
      return [
        ...ofOne(path, name, consumer),
        ...(team === undefined || Object.hasOwn(teams, team)
          ? []
          : [{ propertyPath: `${path}.team`, reason: `refers to "${team}", which is not in teams` }]),
      ];
    }),
  ];
}

function fallbackProblems({ models, router }: LiteLlmArgs): ArgumentProblem[] {
  const known = models.map(({ name }) => name);
  return Object.entries(router?.fallbacks ?? {}).flatMap(([model, others]) =>
    [model, ...others]
      .filter((named) => !known.includes(named))
      .map((named) => ({
        propertyPath: `router.fallbacks[${JSON.stringify(model)}]`,
        reason: `refers to "${named}", which is not in models`,
      })),
  );
}

function replicaProblems({ replicas = 1, autoscale, redis, cache }: LiteLlmArgs): ArgumentProblem[] {
  const isWhole = (value: number, least: number) => Number.isInteger(value) && value >= least;
  return [
    ...(isWhole(replicas, 1)
      ? []
      : [{ propertyPath: "replicas", reason: "must be a whole number, at least 1" }]),
    ...(autoscale === undefined || isWhole(autoscale.maxReplicas, replicas + 1)
      ? []
      : [
          {
            propertyPath: "autoscale.maxReplicas",
            reason: `must be a whole number greater than replicas, which is ${replicas}`,
          },
        ]),
    ...(redis === undefined && (replicas > 1 || autoscale !== undefined)
      ? [
          {
            propertyPath: "redis",
            reason:
              "is required with more than one pod: without it each pod would count only its own requests",
          },
        ]
      : []),
    ...(cache === undefined || isWhole(cache.ttlSeconds, 1)
      ? []
      : [{ propertyPath: "cache.ttlSeconds", reason: "must be a whole number, at least 1" }]),
    ...(cache !== undefined && cache.redis.prefix === redis?.prefix
      ? [
          {
            propertyPath: "cache.redis.prefix",
            reason: "must differ from redis.prefix: a cache key could name limits and spend",
          },
        ]
      : []),
  ];
}
