import { expect } from "chai";
import type { LiteLlmArgs } from "../../../../components/litellm/args.ts";
import { validateLiteLlmArgs } from "../../../../components/litellm/validate-args.ts";
import { ARGS, CACHE_REDIS, everything, fromConfig, REDIS } from "./fixtures.ts";

describe("validateLiteLlmArgs", () => {
  const problems = (args: Partial<LiteLlmArgs>) => validateLiteLlmArgs({ ...ARGS, ...args });
  it("finds nothing where all fits", () => expect(problems({})).to.deep.equal([]));
  it("refuses no models", () =>
    expect(problems({ models: [] })).to.deep.equal([
      { propertyPath: "models", reason: "must not be empty" },
    ]));
  for (const replicas of [0, -1, 1.5]) {
    it(`refuses ${replicas} replicas`, () =>
      expect(problems({ replicas, redis: REDIS })).to.deep.equal([
        { propertyPath: "replicas", reason: "must be a whole number, at least 1" },
      ]));
  }
  it("refuses two keys that would be one variable", () =>
    expect(problems({ apiKeys: { ownKEY: fromConfig("a"), ownKey: fromConfig("b") } })).to.deep.equal([
      {
        propertyPath: "apiKeys.ownKey",
        reason: "gives the same variable as apiKeys.ownKEY (API_KEY_OWN_KEY)",
      },
    ]));

  it("finds nothing in a gateway that has everything", () =>
    expect(validateLiteLlmArgs(everything())).to.deep.equal([]));

  for (const [what, args, problem] of [
    [
      "several pods without Redis",
      { replicas: 2 },
      ["redis", "is required with more than one pod: without it each pod would count only its own requests"],
    ],
    [
      "an autoscaler without Redis",
      { autoscale: { maxReplicas: 2, cpuPercent: 60 } },
      ["redis", "is required with more than one pod: without it each pod would count only its own requests"],
    ],
    [
      "an autoscaler that has nowhere to go",
      { redis: REDIS, replicas: 2, autoscale: { maxReplicas: 2, cpuPercent: 60 } },
      ["autoscale.maxReplicas", "must be a whole number greater than replicas, which is 2"],
    ],
    [
      "a cache that forgets at once",
      { cache: { redis: CACHE_REDIS, ttlSeconds: 0 } },
      ["cache.ttlSeconds", "must be a whole number, at least 1"],
    ],
    [
      "a cache among the limits and spend",
      { redis: REDIS, cache: { redis: REDIS, ttlSeconds: 1 } },
      ["cache.redis.prefix", "must differ from redis.prefix: a cache key could name limits and spend"],
    ],
    [
      "a key of no team",
      { consumers: { app: { namespace: "x", team: "none" } } },
      ['consumers["app"].team', 'refers to "none", which is not in teams'],
    ],
    [
      "a key of no model",
      { consumers: { app: { namespace: "x", models: ["none"] } } },
      ['consumers["app"].models', 'refers to "none", which is not in models'],
    ],
    [
      "a team of no model",
      { teams: { app: { models: ["none"] } } },
      ['teams["app"].models', 'refers to "none", which is not in models'],
    ],
    [
      "a list of no models",
      { teams: { app: { models: [] } } },
      ['teams["app"].models', "must not be empty: LiteLLM would allow all models"],
    ],
    [
      "a budget of nothing",
      { teams: { app: { budget: { usd: 0, period: "30d" } } } },
      ['teams["app"].budget.usd', "must be more than 0"],
    ],
    [
      "a budget for no time",
      { teams: { app: { budget: { usd: 1, period: "month" } } } },
      ['teams["app"].budget.period', 'must be like "30d" or "12h"'],
    ],
    [
      "a limit of nothing",
      { teams: { app: { tokensPerMinute: 0 } } },
      ['teams["app"].tokensPerMinute', "must be more than 0"],
    ],
    [
      "a limit that is no number",
      { teams: { app: { requestsPerMinute: Number.NaN } } },
      ['teams["app"].requestsPerMinute', "must be more than 0"],
    ],
    [
      "a name that is none",
      { consumers: { "App 1": { namespace: "x" } } },
      ['consumers["App 1"]', "must match ^[a-z][a-z0-9-]{0,39}$"],
    ],
    [
      "a fallback of no model",
      { router: { retries: 0, timeoutSeconds: 1, fallbacks: { canned: ["none"] } } },
      ['router.fallbacks["canned"]', 'refers to "none", which is not in models'],
    ],
    [
      "a fallback to no model",
      { router: { retries: 0, timeoutSeconds: 1, fallbacks: { none: ["canned"] } } },
      ['router.fallbacks["none"]', 'refers to "none", which is not in models'],
    ],
  ] as [string, Partial<LiteLlmArgs>, [string, string]][]) {
    it(`refuses ${what}`, () =>
      expect(problems(args)).to.deep.equal([{ propertyPath: problem[0], reason: problem[1] }]));
  }
});
