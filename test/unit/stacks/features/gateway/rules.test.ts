import { expect } from "chai";
import "../../../../../stacks/config.ts";
import { gatewayProblems, gatewayWarnings } from "../../../../../stacks/features/gateway/rules.ts";
import { HOSTED, type Input, LARGE, MOCK, parse, PRICE } from "./fixtures.ts";

describe("gatewayProblems", () => {
  const config = (gateway: Input, others: Input = {}) => ({
    profile: "dev" as const,
    features: { redis: false },
    ...others,
    gateway: parse(gateway),
  });
  const problems = (gateway: Input, others: Input = {}) => {
    const parsed = config(gateway, others);
    return gatewayProblems(parsed, parsed.gateway.models);
  };
  const PROD = { profile: "prod" };
  const BUDGET = { budget: { usd: 5, period: "30d" } };

  it("finds nothing in a dev stack with a mock", () => expect(problems({})).to.deep.equal([]));
  it("finds nothing in a prod stack that has everything", () =>
    expect(
      problems(
        {
          replicas: 2,
          autoscale: { maxReplicas: 6 },
          cacheTtlSeconds: 60,
          models: [LARGE, { ...HOSTED, price: PRICE }],
          router: { fallbacks: { large: ["hosted"] } },
          teams: { research: { ...BUDGET, models: ["large"] } },
          keys: { a: { team: "research", models: ["large"] }, b: BUDGET },
        },
        { ...PROD, features: { redis: true } },
      ),
    ).to.deep.equal([]));

  for (const [what, gateway, others, expected] of [
    [
      "no database in prod",
      { database: false, models: [LARGE] },
      PROD,
      [
        [
          "gateway.database",
          "in prod every caller has its own key and budget, which are stored in the database",
          "gateway.database' true",
        ],
      ],
    ],
    [
      "keys and teams without a database",
      { database: false, teams: { t: {} }, keys: { a: {} } },
      {},
      ["teams", "keys"].map((section) => [
        `gateway.${section}`,
        "virtual keys need the database (gateway.database is off)",
        "gateway.database' true",
      ]),
    ],
    [
      "several pods without Redis",
      { replicas: 2 },
      { features: { redis: false } },
      [
        [
          "gateway.replicas",
          "several pods share rate limits through Redis; without it each pod would count only its own requests",
          "features.redis' true",
        ],
      ],
    ],
    [
      "an autoscaler without Redis",
      { autoscale: { maxReplicas: 3 } },
      {},
      [
        [
          "gateway.autoscale",
          "several pods share rate limits through Redis; without it each pod would count only its own requests",
          "features.redis' true",
        ],
      ],
    ],
    [
      "an autoscaler that has nowhere to go",
      { replicas: 3, autoscale: { maxReplicas: 3 } },
      { features: { redis: true } },
      [
        [
          "gateway.autoscale.maxReplicas",
          "must be greater than gateway.replicas, the minimum number of pods (3)",
          "maxReplicas' 4",
        ],
      ],
    ],
    [
      "a cache without Redis",
      { cacheTtlSeconds: 60 },
      {},
      [["gateway.cacheTtlSeconds", "cached responses are stored in Redis", "features.redis' true"]],
    ],
    [
      "a cache for each key, and pages, without a database",
      { database: false, cacheTtlSeconds: 60, adminInterface: true },
      { features: { redis: true } },
      [
        [
          "gateway.cacheScope",
          "without the database every caller has the same key, so all share the cache (gateway.database is off)",
          "gateway.cacheScope' everyone",
        ],
        [
          "gateway.adminInterface",
          "the admin pages keep their sessions in the database (gateway.database is off)",
          "gateway.database' true",
        ],
      ],
    ],
    [
      "open budgets in prod",
      { failClosed: false, models: [LARGE] },
      PROD,
      [
        [
          "gateway.failClosed",
          "in prod a request is rejected if its budget cannot be verified",
          "gateway.failClosed' true",
        ],
      ],
    ],
    [
      "a key without a budget in prod",
      { models: [LARGE], teams: { t: {} }, keys: { a: { team: "t" }, b: {} } },
      PROD,
      ["a", "b"].map((name) => [
        `gateway.keys.${name}.budget.usd`,
        "in prod every key needs a budget, its own or that of its team",
        `gateway.keys.${name}.budget.usd' 50`,
      ]),
    ],
    [
      "a mock in prod",
      { models: [LARGE, MOCK] },
      PROD,
      [
        [
          "gateway.models.1.provider",
          "a mock model always answers with the same text; it is for dev only",
          "models[1].provider'",
        ],
      ],
    ],
    [
      "a self-hosted model without a price in prod, and one that is free",
      { models: [HOSTED, { ...HOSTED, price: { inputPerMillionTokens: 0, outputPerMillionTokens: 0 } }] },
      PROD,
      [0, 1].map((index) => [
        `gateway.models.${index}.price`,
        "requests to a self-hosted model without a price cost nothing, so budgets do not limit them",
        `models[${index}].price.outputPerMillionTokens' 1.2`,
      ]),
    ],
    [
      "names that name nothing",
      {
        router: { fallbacks: { canned: ["none"], unknown: ["canned"] } },
        teams: { t: { models: ["none"] } },
        keys: { a: { team: "unknown" }, b: { models: ["canned", "none"] } },
      },
      {},
      [
        ["gateway.teams.t.models.0", "no such model (known: canned)", "models[0]' canned"],
        ["gateway.keys.b.models.1", "no such model (known: canned)", "models[1]' canned"],
        ["gateway.keys.a.team", "no such team (known: t)", "team' t"],
        ["gateway.router.fallbacks.canned.0", "no such model (known: canned)", "canned[0]' canned"],
        ["gateway.router.fallbacks.unknown", "no such model (known: canned)", "unknown' canned"],
      ],
    ],
    [
      "a key's model that its team must not use",
      {
        models: [LARGE, MOCK],
        teams: { t: { models: ["canned"] } },
        keys: { a: { team: "t", models: ["large"] } },
      },
      {},
      [["gateway.keys.a.models.0", 'no such model of the team "t" (known: canned)', "models[0]' canned"]],
    ],
  ] as [string, Input, Input, [string, string, string][]][]) {
    it(`refuses ${what}`, () => {
      const found = problems(gateway, others);
      expect(found.map(({ path, reason }) => [path.join("."), reason])).to.deep.equal(
        expected.map(([path, reason]) => [path, reason]),
      );
      found.forEach(({ fix }, index) => {
        expect(fix).to.include(expected[index]?.[2]);
      });
    });
  }

  it("wants a budget in prod for the platform's own applications, too", () => {
    const keys = { chat: { requestsPerMinute: 60 }, paid: BUDGET };
    const parsed = { ...config({ models: [LARGE], keys }), profile: "prod" as const };
    expect(
      gatewayProblems(parsed, parsed.gateway.models, ["paid", "chat", "evaluation"]).map(({ path }) =>
        path.join("."),
      ),
    ).to.deep.equal(["gateway.keys.chat.budget.usd", "gateway.keys.evaluation.budget.usd"]);
    expect(gatewayProblems(config({}), [MOCK], ["chat"])).to.deep.equal([]);
  });

  it("refuses a gateway without models", () => {
    expect(gatewayProblems(config({ models: [] }), []).map(({ path }) => path)).to.deep.equal([
      ["gateway", "models"],
    ]);
  });

  it("reports models with their indexes, also if they have other problems", () => {
    const written = [{ provider: "acme" }, { provider: "mock" }, { provider: "self-hosted", price: "cheap" }];
    expect(
      gatewayProblems({ ...config({ models: [] }), profile: "prod" }, written).map(({ path }) =>
        path.join("."),
      ),
    ).to.deep.equal(["gateway.models.1.provider"]);
  });
});

describe("gatewayWarnings", () => {
  it("is only for self-hosted models without a price", () =>
    expect(
      gatewayWarnings(parse({ models: [HOSTED, { ...HOSTED, price: PRICE }, LARGE, MOCK] })),
    ).to.deep.equal(['the self-hosted model "hosted" has no price, so budgets do not limit its use']));
});
