import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import {
  apiKeySlug,
  apiKeyVariable,
  egressPorts,
  isUnpriced,
  modelServers,
  PROVIDERS,
} from "../../../../components/litellm/models.ts";
import {
  CACHE_SCOPES,
  type LiteLlmConfig,
  renderConfig,
} from "../../../../components/litellm/render-config.ts";
import { checkout } from "../../../../sandbox/paths.ts";
import { HOSTED, LARGE, MOCK, OWN } from "./fixtures.ts";

type Section = Readonly<Record<string, unknown>>;

describe("renderConfig", () => {
  it("lists models in their order, with names of keys", () =>
    expect(parse(renderConfig({ models: [OWN, LARGE, MOCK], database: true }))).to.deep.equal({
      general_settings: {
        allow_requests_on_db_unavailable: false,
        database_connection_pool_limit: 10,
        database_url: "os.environ/DATABASE_URL",
        fail_closed_budget_enforcement: true,
        master_key: "os.environ/LITELLM_MASTER_KEY",
      },
      litellm_settings: {
        allow_dynamic_callback_disabling: false,
        callbacks: ["guard.key"],
        drop_params: true,
        global_disable_no_log_param: true,
        num_retries: 2,
        request_timeout: 600,
      },
      model_list: [
        {
          model_name: "own",
          litellm_params: {
            model: "openai/own-7b",
            api_key: "os.environ/API_KEY_OWN_KEY",
            api_base: "https://models.example.org:8443/v1",
          },
        },
        {
          model_name: "large",
          litellm_params: {
            model: "openrouter/vendor/large",
            api_key: "os.environ/API_KEY_OPENROUTER_API_KEY",
          },
        },
        { model_name: "canned", litellm_params: { model: "openai/canned", mock_response: "Hello." } },
      ],
      router_settings: { routing_strategy: "simple-shuffle" },
    }));

  const sections = (config: Partial<LiteLlmConfig>) =>
    parse(renderConfig({ models: [MOCK], database: true, ...config })) as Record<
      "general_settings" | "litellm_settings" | "router_settings",
      Section
    >;
  const REDIS = { host: "redis.data", port: 6379, username: "gateway", prefix: "own", tls: false };
  const CACHE = { ...REDIS, username: "cache", prefix: "answers" };
  const RENDERED = {
    host: "redis.data",
    port: 6379,
    username: "gateway",
    password: "os.environ/REDIS_PASSWORD",
    namespace: "own",
  };

  it("says nothing of a database where there is none", () =>
    expect(sections({ database: false }).general_settings).to.deep.equal({
      master_key: "os.environ/LITELLM_MASTER_KEY",
    }));

  describe("when a budget or a limit cannot be verified", () => {
    const SETTINGS = [
      "allow_requests_on_db_unavailable",
      "fail_closed_budget_enforcement",
      "fail_closed_rate_limit_enforcement",
    ];
    const settings = (config: Partial<LiteLlmConfig>) =>
      SETTINGS.map((name) => sections({ redis: REDIS, ...config }).general_settings[name]);

    it("refuses, if nothing else is said", () => expect(settings({})).to.deep.equal([false, true, true]));
    it("lets through, if that is said", () =>
      expect(settings({ failClosed: false })).to.deep.equal([true, false, false]));
    it("says so where LiteLLM reads it, and nowhere else", () => {
      const { general_settings: general, ...others } = sections({ redis: REDIS });
      expect(general).to.include.all.keys(SETTINGS);
      for (const name of [...SETTINGS, "database_url", "master_key", "coordination_redis"]) {
        expect(JSON.stringify(others)).to.not.include(name);
      }
    });
  });

  it("shares limits, spend and what it knows of failing models in Redis, and answers only if asked to", () => {
    const {
      general_settings: general,
      litellm_settings: settings,
      router_settings: router,
    } = sections({ redis: REDIS });
    expect(general).to.deep.include({
      coordination_redis: RENDERED,
      use_redis_transaction_buffer: true,
    });
    expect(router).to.deep.equal({
      routing_strategy: "simple-shuffle",
      redis_host: "redis.data",
      redis_port: 6379,
      redis_password: "os.environ/REDIS_PASSWORD",
      // The router has no settings of these names, and would ignore them.
      cache_kwargs: { username: "gateway", namespace: "own" },
    });
    expect(settings).to.not.have.any.keys("cache", "cache_params");
  });

  it("caches responses in Redis for the configured time, as another user, and only those that guard.py selects", () =>
    expect(
      sections({ redis: REDIS, cache: { redis: CACHE, ttlSeconds: 60 } }).litellm_settings,
    ).to.deep.include({
      cache: true,
      cache_params: {
        ...RENDERED,
        type: "redis",
        username: "cache",
        password: "os.environ/REDIS_CACHE_PASSWORD",
        namespace: "answers",
        ttl: 60,
        mode: "default_off",
      },
    }));

  it("speaks TLS to a Redis that wants it, three times over", () => {
    const redis = { ...REDIS, tls: true };
    const text = renderConfig({ models: [MOCK], database: true, redis, cache: { redis, ttlSeconds: 60 } });
    expect(text.match(/ssl: true/g)).to.have.length(3);
  });

  it("hands no spend to Redis that no database takes", () =>
    expect(sections({ redis: REDIS, database: false }).general_settings).to.not.have.property(
      "use_redis_transaction_buffer",
    ));

  it("traces to Phoenix if it is configured", () => {
    expect(sections({ tracing: true }).litellm_settings["callbacks"]).to.deep.equal([
      "guard.key",
      "arize_phoenix",
    ]);
  });

  it("has the configured scope of the cache: guard.py has an instance for each", () => {
    const guard = readFileSync(join(checkout, "components/litellm/guard.py"), "utf8");
    for (const cacheScope of CACHE_SCOPES) {
      expect(sections({ cacheScope }).litellm_settings["callbacks"]).to.deep.equal([`guard.${cacheScope}`]);
      expect(guard).to.match(new RegExp(`^${cacheScope} = Guard\\(`, "m"));
    }
  });

  it("has the configured retries, timeout and fallbacks", () => {
    const router = { retries: 0, timeoutSeconds: 5, fallbacks: { large: ["small", "canned"] } };
    const { litellm_settings: settings, router_settings: rendered } = sections({ router });
    expect(settings).to.deep.include({ num_retries: 0, request_timeout: 5 });
    expect(rendered["fallbacks"]).to.deep.equal([{ large: ["small", "canned"] }]);
    expect(sections({}).router_settings).to.not.have.property("fallbacks");
  });

  it("has models of servers in the cluster, with and without a key", () => {
    const { model_list: list } = parse(
      renderConfig({ models: [HOSTED, { ...HOSTED, apiKey: "ownKey" }], database: false }),
    ) as { model_list: { litellm_params: Section }[] };
    expect(list[0]).to.deep.equal({
      model_name: "hosted",
      litellm_params: {
        model: "openai/qwen",
        api_key: "none",
        api_base: "http://vllm.models.svc.cluster.local/v1",
        input_cost_per_token: 3e-7,
        output_cost_per_token: 3e-6,
      },
    });
    expect(list[1]?.litellm_params["api_key"]).to.equal("os.environ/API_KEY_OWN_KEY");
  });

  for (const [usd, text] of [
    [0.3, "0.0000003"],
    [3, "0.000003"],
    [0.00001, "0.00000000001"],
    [2_000_000, "2"],
    [0, "0"],
    [2_500_000, "2.5"],
  ] as const) {
    it(`writes ${usd} dollars a million out as ${text}: LiteLLM's parser takes 3e-7 for a text`, () => {
      const price = { inputPerMillionTokens: usd, outputPerMillionTokens: usd };
      expect(renderConfig({ models: [{ ...LARGE, price }], database: false })).to.include(
        `input_cost_per_token: ${text}\n`,
      );
    });
  }

  it("has every secret by name, none by value", () => {
    const text = renderConfig({ models: [LARGE, OWN], database: true });
    const secrets = [...text.matchAll(/(?:key|url): (.*)$/gm)].map(([, value = ""]) => value);
    expect(secrets).to.have.length(4);
    for (const value of secrets) expect(value).to.match(/^os\.environ\/[A-Z_]+$/);
  });

  it("keeps long and odd texts as they are", () => {
    const response = `${"long ".repeat(40)}: "quoted"\n# no comment\n- no list`;
    const { model_list: list } = parse(
      renderConfig({ models: [{ name: "yes", provider: "mock", response }], database: false }),
    ) as { model_list: { model_name: unknown; litellm_params: { mock_response: string } }[] };
    expect(list[0]?.model_name).to.equal("yes");
    expect(list[0]?.litellm_params.mock_response).to.equal(response);
  });

  it("sorts the keys of maps", () => {
    const text = renderConfig({ models: [OWN], database: true });
    expect(text.split("\n").filter((line) => /^[a-z]/.test(line))).to.deep.equal([
      "general_settings:",
      "litellm_settings:",
      "model_list:",
      "router_settings:",
    ]);
  });

  for (const [provider, { prefix }] of Object.entries(PROVIDERS)) {
    it(`knows ${provider}`, () => {
      const model = { ...LARGE, provider: provider as keyof typeof PROVIDERS };
      expect(renderConfig({ models: [model], database: false })).to.include(
        `model: ${prefix}/vendor/large\n`,
      );
    });
  }
});

describe("provider keys", () => {
  for (const [apiKey, slug, variable] of [
    ["openrouterApiKey", "openrouter-api-key", "API_KEY_OPENROUTER_API_KEY"],
    ["key", "key", "API_KEY_KEY"],
    ["openai2Key", "openai2-key", "API_KEY_OPENAI2_KEY"],
  ] as const) {
    it(`${apiKey} is ${slug} in names and ${variable} in pods`, () =>
      expect([apiKeySlug(apiKey), apiKeyVariable(apiKey)]).to.deep.equal([slug, variable]));
  }
});

describe("egressPorts", () => {
  it("is none for mock models", () => expect(egressPorts([MOCK])).to.deep.equal([]));
  it("is 443 for a provider's own address", () => expect(egressPorts([LARGE])).to.deep.equal([443]));
  it("is what an address names", () => expect(egressPorts([OWN])).to.deep.equal([8443]));
  it("is 443 for an address that names none, or 443", () =>
    expect(
      ["https://a.example.org/v1", "https://a.example.org:443/v1"].flatMap((apiBase) =>
        egressPorts([{ ...OWN, apiBase }]),
      ),
    ).to.deep.equal([443, 443]));
  it("is each once, in order of number", () =>
    expect(egressPorts([OWN, LARGE, { ...OWN, apiBase: "https://b.example.org:81" }, LARGE])).to.deep.equal([
      81, 443, 8443,
    ]));
});

describe("modelServers", () => {
  it("is none for providers and mocks", () => expect(modelServers([LARGE, MOCK])).to.deep.equal([]));
  it("is each server once", () => {
    const other = { ...HOSTED.server, namespace: "others" };
    expect(
      modelServers([HOSTED, { ...HOSTED, name: "same" }, { ...HOSTED, server: other }, OWN]),
    ).to.deep.equal([HOSTED.server, other]);
  });
  it("needs no port of the internet", () => expect(egressPorts([HOSTED])).to.deep.equal([]));
});

describe("isUnpriced", () => {
  const price = { inputPerMillionTokens: 0, outputPerMillionTokens: 0 };
  for (const [what, model, expected] of [
    ["a server's model without a price", { ...HOSTED, price: undefined }, true],
    ["a server's model that is free", { ...HOSTED, price }, true],
    [
      "a server's model whose answers cost",
      { ...HOSTED, price: { ...price, outputPerMillionTokens: 1 } },
      false,
    ],
    ["a provider's model, which the price list has", LARGE, false],
    ["a mock", MOCK, false],
  ] as const) {
    it(`is ${String(expected)} for ${what}`, () => expect(isUnpriced(model)).to.equal(expected));
  }
});
