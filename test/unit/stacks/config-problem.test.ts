import { expect } from "chai";
import { schema } from "../../../stacks/config.ts";
import { type ConfigPath, fixCommand, formatPath, problemsOf } from "../../../stacks/config-problem.ts";

function problemsIn(input: unknown) {
  const { error } = schema.safeParse(input);
  return error === undefined ? [] : problemsOf(error, input);
}

describe("a path of the configuration, as `pulumi config set --path` reads it", () => {
  for (const [path, wanted] of [
    [["gateway", "models", 0, "name"], "gateway.models[0].name"],
    [["gateway", "router", "fallbacks", "gpt-4.1", 0], 'gateway.router.fallbacks["gpt-4.1"][0]'],
    [["gateway", "keys", 'a "b"[0]'], 'gateway.keys["a \\"b\\"[0]"]'],
  ] as const) {
    it(wanted, () => expect(formatPath(path)).to.equal(wanted));
  }
});

describe("fixCommand", () => {
  const CASES: readonly (readonly [
    what: string,
    path: ConfigPath,
    value: string | undefined,
    wanted: string,
  ])[] = [
    [
      "stores a fraction as a number, which Pulumi takes for text otherwise",
      ["gateway", "models", 0, "price", "inputPerMillionTokens"],
      undefined,
      "pulumi config set --type float --path 'llm-platform:gateway.models[0].price.inputPerMillionTokens' 0.3",
    ],
    [
      "does not change a whole number",
      ["gateway", "keys", "someone", "budget", "usd"],
      "50",
      "pulumi config set --path 'llm-platform:gateway.keys.someone.budget.usd' 50",
    ],
    [
      "sets the first entry of a list: Pulumi takes no list as a value inside a section",
      ["redis", "external", "cidrs"],
      undefined,
      "pulumi config set --path 'llm-platform:redis.external.cidrs[0]' 10.0.0.5/32",
    ],
    [
      "knows the entries of a record",
      ["gateway", "teams", "research", "budget", "period"],
      undefined,
      "pulumi config set --path 'llm-platform:gateway.teams.research.budget.period' 30d",
    ],
    [
      "quotes a path for the shell",
      ["gateway", "router", "fallbacks", "it's"],
      undefined,
      "pulumi config set --path 'llm-platform:gateway.router.fallbacks.it'\\''s[0]' claude-sonnet",
    ],
    [
      "removes a section, which has no example",
      ["gateway", "teams", "research"],
      undefined,
      "pulumi config rm --path 'llm-platform:gateway.teams.research'",
    ],
  ];
  for (const [what, path, value, wanted] of CASES) {
    it(what, () => expect(fixCommand(path, value)).to.equal(wanted));
  }
});

describe("what zod finds, as problems", () => {
  const set = (path: string, value: string) => `pulumi config set --path 'llm-platform:${path}' ${value}`;
  const remove = (path: string) => `pulumi config rm --path 'llm-platform:${path}'`;
  const CASES: readonly (readonly [
    what: string,
    input: object,
    wanted: { path: ConfigPath; value?: unknown; reason: string; fix: string },
  ])[] = [
    [
      "text where a list belongs",
      { storage: { mountOptions: "nfsvers=4.1" } },
      {
        path: ["storage", "mountOptions"],
        value: "nfsvers=4.1",
        reason: "expected a list",
        fix: `${remove("storage.mountOptions")} && ${set("storage.mountOptions[0]", "'nfsvers=4.1'")}`,
      },
    ],
    [
      "an empty list",
      { gateway: { keys: { someone: { models: [] } } } },
      {
        path: ["gateway", "keys", "someone", "models"],
        value: [],
        reason: "must not be empty",
        fix: set("gateway.keys.someone.models[0]", "claude-sonnet"),
      },
    ],
    [
      "nothing to spend",
      { gateway: { teams: { research: { budget: { usd: 0 } } } } },
      {
        path: ["gateway", "teams", "research", "budget", "usd"],
        value: 0,
        reason: "must be more than 0",
        fix: set("gateway.teams.research.budget.usd", "50"),
      },
    ],
    [
      "a name that cannot be one",
      { gateway: { teams: { "No Team": {} } } },
      {
        path: ["gateway", "teams", "No Team"],
        value: {},
        reason:
          "is not a valid name: expected lower-case letters, digits and dashes, at most 40, beginning with a letter",
        fix: remove("gateway.teams.No Team"),
      },
    ],
    [
      "what is no range of addresses",
      { postgres: { external: { cidrs: ["10.0.0.5"] } } },
      {
        path: ["postgres", "external", "cidrs", 0],
        value: "10.0.0.5",
        reason: "expected a range of addresses (10.0.0.5/32)",
        fix: set("postgres.external.cidrs[0]", "10.0.0.5/32"),
      },
    ],
    [
      "a number that is not one of the choices",
      { etcd: { members: 2 } },
      {
        path: ["etcd", "members"],
        value: 2,
        reason: "expected one of: 1, 3",
        fix: set("etcd.members", "3"),
      },
    ],
    [
      "text in place of a record",
      { gateway: { router: { fallbacks: "small" } } },
      {
        path: ["gateway", "router", "fallbacks"],
        value: "small",
        reason: "expected a section with keys of its own",
        fix: remove("gateway.router.fallbacks"),
      },
    ],
    [
      "a misspelt section, whose values go to the right one, each by itself",
      { gateway: { ruter: { retries: 3, fallbacks: { "gpt-4.1": ["small"] } } } },
      {
        path: ["gateway", "ruter"],
        value: { retries: 3, fallbacks: { "gpt-4.1": ["small"] } },
        reason:
          'unknown key; did you mean "router"? (known keys: delivery, chart, database, failClosed, replicas, autoscale, cacheTtlSeconds, cacheScope, adminInterface, router, models, teams, keys, exposure)',
        fix: [
          remove("gateway.ruter"),
          set("gateway.router.retries", "3"),
          set('gateway.router.fallbacks["gpt-4.1"][0]', "small"),
        ].join(" && "),
      },
    ],
    [
      "a misspelt key of a record's entry",
      { gateway: { keys: { someone: { teem: "research" } } } },
      {
        path: ["gateway", "keys", "someone", "teem"],
        value: "research",
        reason:
          'unknown key; did you mean "team"? (known keys: team, models, budget, requestsPerMinute, tokensPerMinute)',
        fix: `${remove("gateway.keys.someone.teem")} && ${set("gateway.keys.someone.team", "research")}`,
      },
    ],
  ];
  for (const [what, input, wanted] of CASES) {
    it(what, () => expect(problemsIn(input)).to.deep.equal([wanted]));
  }
});
