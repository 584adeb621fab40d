import { expect } from "chai";
import { ConfigError, type ConfigProblem } from "../../stacks/config-problem.ts";
import { type ConfigSource, modelApiKeys, parseConfig } from "../../stacks/parse-config.ts";

const MODEL = { name: "m", provider: "openrouter", model: "vendor/m", apiKey: "openrouterApiKey" };
const MOCK = { name: "mock", provider: "mock", response: "Hello." };
const GATEWAY = { models: [MOCK] };

const CONTEXTS = { source: "/home/me/.kube/config", names: ["test", "other"], current: "other" };

/** What stands on PostgreSQL and the gateway is off, so that each rule is seen alone; a case may turn it on. */
const FEATURES = { tracing: false, chat: false };

const isSection = (value: unknown): boolean => value === undefined || typeof value === "object";

/** A source with one mock model in dev, changed as a case wants; `undefined` takes a key away. */
function source(
  values: Readonly<Record<string, unknown>>,
  rest: Partial<Omit<ConfigSource, "values">> = {},
): ConfigSource {
  const all: Record<string, unknown> = {
    profile: "dev",
    context: "test",
    gateway: GATEWAY,
    ...values,
    ...(isSection(values["features"])
      ? { features: { ...FEATURES, ...(values["features"] as object) } }
      : {}),
  };
  return {
    values: Object.fromEntries(
      Object.entries(all)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    ),
    secretKeys: new Set(),
    contexts: CONTEXTS,
    ...rest,
  };
}

/** Models that name a provider key, and the key. */
function withKey(models: readonly object[]): ConfigSource {
  const secretKeys = new Set(["openrouterApiKey"]);
  return source({ gateway: { models }, openrouterApiKey: "x" }, { secretKeys });
}

function errorOf(from: ConfigSource): ConfigError {
  try {
    parseConfig(from);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

const problemsOf = (from: ConfigSource): readonly ConfigProblem[] => errorOf(from).problems;

describe("parseConfig", () => {
  it("fills in every default; those of a section are its feature's", () => {
    const from = source(
      {
        profile: undefined,
        features: { chat: false, tracing: undefined },
        gateway: { models: [MODEL] },
        openrouterApiKey: "x",
      },
      { secretKeys: new Set(["openrouterApiKey"]) },
    );
    const config = parseConfig(from);
    expect(config).to.containSubset({
      profile: "prod",
      context: "test",
      namespacePrefix: "llm",
      features: {
        postgres: true,
        redis: true,
        nats: false,
        etcd: false,
        tracing: true,
        gateway: true,
        chat: false,
        onepassword: false,
        storage: false,
      },
      images: {},
      postgres: { mode: "single", storageGi: 10 },
      gateway: { database: true, replicas: 1, models: [{ ...MODEL, provider: "openrouter" }] },
    });
    expect(config).to.not.have.property("kubeconfig");
  });

  it("takes every key", () => {
    const values = {
      profile: "dev",
      context: "other",
      kubeconfig: "/home/me/other",
      namespacePrefix: "team-a",
      features: { postgres: true, gateway: true },
      images: { postgres: `mirror.example.org:5000/library/postgres:18.6@sha256:${"a".repeat(64)}` },
      postgres: { storageGi: 5, storageClass: "fast.local" },
      gateway: {
        database: true,
        replicas: 3,
        models: [MOCK, { ...MODEL, apiBase: "https://models.example.org:8443/v1" }],
      },
    };
    const from = source({ ...values, openrouterApiKey: "x" }, { secretKeys: new Set(["openrouterApiKey"]) });
    expect(parseConfig(from)).to.containSubset(values);
  });

  it("takes text that looks like a number as text where text is wanted", () => {
    const contexts = { ...CONTEXTS, names: ["123"] };
    expect(parseConfig(source({ context: "123" }, { contexts })).context).to.equal("123");
  });

  it("does not look at what a secret key holds", () => {
    const from = source(
      { gateway: { models: [MODEL] }, openrouterApiKey: "" },
      { secretKeys: new Set(["openrouterApiKey"]) },
    );
    expect(parseConfig(from).gateway.models).to.have.length(1);
  });
});

describe("what parseConfig refuses", () => {
  const KNOWN =
    "profile, context, kubeconfig, namespacePrefix, features, images, secrets, ingressController, onepassword, storage, postgres, redis, nats, etcd, tracing, gateway, chat";
  const set = "pulumi config set llm-platform:";
  const setPath = (path: string, value: string) => `pulumi config set --path 'llm-platform:${path}' ${value}`;
  const remove = "pulumi config rm llm-platform:";
  const removePath = (path: string) => `pulumi config rm --path 'llm-platform:${path}'`;
  const MODEL_FIX = [
    "name claude-sonnet",
    "provider openrouter",
    "model z-ai/glm-5",
    "apiKey openrouterApiKey",
  ]
    .map((pair) => pair.split(" "))
    .map(([key = "", value = ""]) => setPath(`gateway.models[0].${key}`, value))
    .join(" && ");

  const CASES: readonly (readonly [what: string, from: ConfigSource, wanted: ConfigProblem])[] = [
    [
      "an unknown key, with the nearest one",
      source({ gateway: undefined, gatway: GATEWAY, features: { gateway: false } }),
      {
        path: ["gatway"],
        value: JSON.stringify(GATEWAY),
        reason: `unknown key; did you mean "gateway"? (known here: ${KNOWN})`,
        fix: `${remove}gatway && ${set}gateway '${JSON.stringify(GATEWAY)}'`,
      },
    ],
    ...[
      "postgres:18.6",
      "docker.io/library/postgres",
      "docker.io/library/postgres:latest",
      "docker.io/library/postgres:18",
      "18.6",
    ].map(
      (reference) =>
        [
          `the image ${reference}, which is no whole reference to a version`,
          source({ images: { postgres: reference } }),
          {
            path: ["images", "postgres"],
            value: reference,
            reason:
              "expected a whole reference: host, path, exact version, and the digest if there is one (registry.example.org/postgres:18.6@sha256:...)",
            fix: setPath("images.postgres", "docker.io/library/postgres:18.6"),
          },
        ] as const,
    ),
    [
      "an unknown key with a value that the nearest one could take",
      source({ namspacePrefix: "team-a" }),
      {
        path: ["namspacePrefix"],
        value: "team-a",
        reason: `unknown key; did you mean "namespacePrefix"? (known here: ${KNOWN})`,
        fix: `${remove}namspacePrefix && ${set}namespacePrefix team-a`,
      },
    ],
    [
      "an unknown key beside the one that it is like, which stays as it is",
      source({ contxt: "other" }),
      {
        path: ["contxt"],
        value: "other",
        reason: `unknown key; did you mean "context"? (known here: ${KNOWN})`,
        fix: `${remove}contxt`,
      },
    ],
    [
      "an unknown key that is like no other, which gives its value to none",
      source({ zzz: "x" }),
      {
        path: ["zzz"],
        value: "x",
        reason: `unknown key; did you mean "nats"? (known here: ${KNOWN})`,
        fix: `${remove}zzz`,
      },
    ],
    [
      "an unknown key that is named like a secret, without its value",
      source({ openaiToken: "sk-in-clear" }),
      {
        path: ["openaiToken"],
        value: "[secret]",
        reason: `unknown key; did you mean "profile"? (known here: ${KNOWN})`,
        fix: `${remove}openaiToken`,
      },
    ],
    [
      "an unknown key inside a section",
      source({ features: { postgre: false } }),
      {
        path: ["features", "postgre"],
        value: false,
        reason:
          'unknown key; did you mean "postgres"? (known here: postgres, redis, nats, etcd, tracing, gateway, chat, onepassword, storage)',
        fix: `${removePath("features.postgre")} && ${setPath("features.postgres", "false")}`,
      },
    ],
    [
      "an unknown key of a model",
      withKey([{ ...MODEL, apibase: "https://models.example.org" }]),
      {
        path: ["gateway", "models", 0, "apibase"],
        value: "https://models.example.org",
        reason:
          'unknown key; did you mean "apiBase"? (known here: name, provider, model, apiKey, apiBase, price, server, response)',
        fix: `${removePath("gateway.models[0].apibase")} && ${setPath("gateway.models[0].apiBase", "https://models.example.org")}`,
      },
    ],
    [
      "a profile that is none",
      source({ profile: "staging" }),
      { path: ["profile"], value: "staging", reason: "expected one of: dev, prod", fix: `${set}profile dev` },
    ],
    [
      "an empty context",
      source({ context: "" }),
      { path: ["context"], value: "", reason: "must not be empty", fix: `${set}context my-cluster` },
    ],
    [
      "no context, where kubectl has one",
      source({ context: undefined }),
      {
        path: ["context"],
        reason:
          'no cluster is named: kubectl would use "other" of /home/me/.kube/config, but a stack must name its cluster',
        fix: `${set}context other`,
      },
    ],
    [
      "no context, where kubectl has none",
      source({ context: undefined }, { contexts: { source: "/nowhere", names: [] } }),
      {
        path: ["context"],
        reason: "no cluster is named: /nowhere has no current context either",
        fix: `${set}context '<context>'`,
      },
    ],
    [
      "a context that the kubeconfig does not have",
      source({ context: "gone" }),
      {
        path: ["context"],
        value: "gone",
        reason: "no such context in /home/me/.kube/config (it has: test, other)",
        fix: `${set}context test`,
      },
    ],
    [
      "a context, where the kubeconfig has none",
      source({}, { contexts: { source: "/nowhere", names: [] } }),
      {
        path: ["context"],
        value: "test",
        reason: "no such context in /nowhere (it has: none)",
        fix: `${set}context '<context>'`,
      },
    ],
    [
      "an empty kubeconfig path",
      source({ kubeconfig: "" }),
      {
        path: ["kubeconfig"],
        value: "",
        reason: "must not be empty",
        fix: `${set}kubeconfig /home/me/.kube/config`,
      },
    ],
    [
      "a prefix that is no Kubernetes name",
      source({ namespacePrefix: "LLM_" }),
      {
        path: ["namespacePrefix"],
        value: "LLM_",
        reason: "expected lower-case letters, digits and dashes, at most 20, beginning with a letter",
        fix: `${set}namespacePrefix llm`,
      },
    ],
    [
      "a prefix that is too long",
      source({ namespacePrefix: "a".repeat(21) }),
      {
        path: ["namespacePrefix"],
        value: "a".repeat(21),
        reason: "expected lower-case letters, digits and dashes, at most 20, beginning with a letter",
        fix: `${set}namespacePrefix llm`,
      },
    ],
    [
      "a section that is no section",
      source({ features: "on" }),
      {
        path: ["features"],
        value: "on",
        reason: "expected a section with keys of its own",
        fix: `${remove}features`,
      },
    ],
    [
      "a toggle that is text",
      source({ features: { postgres: "yes" } }),
      {
        path: ["features", "postgres"],
        value: "yes",
        reason: "expected a boolean",
        fix: setPath("features.postgres", "true"),
      },
    ],
    [
      "a volume of no size",
      source({ postgres: { storageGi: 0 } }),
      {
        path: ["postgres", "storageGi"],
        value: 0,
        reason: "must be at least 1",
        fix: setPath("postgres.storageGi", "20"),
      },
    ],
    [
      "a volume of any size",
      source({ postgres: { storageGi: 65537 } }),
      {
        path: ["postgres", "storageGi"],
        value: 65537,
        reason: "must be at most 65536",
        fix: setPath("postgres.storageGi", "20"),
      },
    ],
    [
      "half a gibibyte",
      source({ postgres: { storageGi: 1.5 } }),
      {
        path: ["postgres", "storageGi"],
        value: 1.5,
        reason: "expected a whole number",
        fix: setPath("postgres.storageGi", "20"),
      },
    ],
    [
      "a StorageClass that is no name",
      source({ postgres: { storageClass: "Fast!" } }),
      {
        path: ["postgres", "storageClass"],
        value: "Fast!",
        reason: "expected the name of a StorageClass",
        fix: setPath("postgres.storageClass", "standard"),
      },
    ],
    [
      "no replicas",
      source({ gateway: { ...GATEWAY, replicas: 0 } }),
      {
        path: ["gateway", "replicas"],
        value: 0,
        reason: "must be at least 1",
        fix: setPath("gateway.replicas", "2"),
      },
    ],
    [
      "too many replicas",
      source({ gateway: { ...GATEWAY, replicas: 51 } }),
      {
        path: ["gateway", "replicas"],
        value: 51,
        reason: "must be at most 50",
        fix: setPath("gateway.replicas", "2"),
      },
    ],
    [
      "a provider that is not known",
      withKey([{ ...MODEL, provider: "acme" }]),
      {
        path: ["gateway", "models", 0, "provider"],
        value: "acme",
        reason: "expected one of: anthropic, gemini, openai, openrouter, self-hosted, mock",
        fix: setPath("gateway.models[0].provider", "openrouter"),
      },
    ],
    [
      "a model without its provider's name for it",
      withKey([{ ...MODEL, model: undefined }]),
      {
        path: ["gateway", "models", 0, "model"],
        reason: "is required",
        fix: setPath("gateway.models[0].model", "z-ai/glm-5"),
      },
    ],
    [
      "an empty model name",
      source({ gateway: { models: [{ ...MOCK, name: "" }] } }),
      {
        path: ["gateway", "models", 0, "name"],
        value: "",
        reason: "must not be empty",
        fix: setPath("gateway.models[0].name", "claude-sonnet"),
      },
    ],
    [
      "an address without TLS",
      withKey([MOCK, { ...MODEL, apiBase: "http://models.example.org" }]),
      {
        path: ["gateway", "models", 1, "apiBase"],
        value: "http://models.example.org",
        reason: "expected an https:// address",
        fix: setPath("gateway.models[1].apiBase", "https://models.example.org/v1"),
      },
    ],
    [
      "an address that the network policies close",
      withKey([MOCK, { ...MODEL, apiBase: "https://10.0.0.1/v1" }]),
      {
        path: ["gateway", "models", 1, "apiBase"],
        value: "https://10.0.0.1/v1",
        reason:
          "expected a host on the internet: the network policies of the gateway close private and cluster addresses",
        fix: setPath("gateway.models[1].apiBase", "https://models.example.org/v1"),
      },
    ],
    [
      "a database without a server",
      source({ features: { postgres: false } }),
      {
        path: ["features", "postgres"],
        value: false,
        reason: "the gateway keeps its keys and budgets in PostgreSQL (gateway.database is on)",
        fix: `${setPath("features.postgres", "true")}  (or: ${setPath("gateway.database", "false")})`,
      },
    ],
    [
      "prod without a database",
      source(
        { profile: "prod", gateway: { database: false, models: [MODEL] }, openrouterApiKey: "x" },
        { secretKeys: new Set(["openrouterApiKey"]) },
      ),
      {
        path: ["gateway", "database"],
        value: false,
        reason: "in prod every caller has a key and a budget of its own, and those are kept in the database",
        fix: setPath("gateway.database", "true"),
      },
    ],
    [
      "a gateway without models",
      source({ gateway: {} }),
      { path: ["gateway", "models"], reason: "a gateway without a model answers nothing", fix: MODEL_FIX },
    ],
    [
      "a mock model in prod",
      source({ profile: "prod" }),
      {
        path: ["gateway", "models", 0, "provider"],
        value: "mock",
        reason: "a mock model answers every caller with the same text: for dev only",
        fix: setPath("gateway.models[0].provider", "openrouter"),
      },
    ],
    [
      "a provider key that is not set",
      source({ gateway: { models: [MODEL] } }),
      {
        path: ["openrouterApiKey"],
        reason: "a model names this key, and it is not set",
        fix: "pulumi config set --secret llm-platform:openrouterApiKey",
      },
    ],
    [
      "a provider key in clear, without repeating it",
      source({ gateway: { models: [MODEL] }, openrouterApiKey: "sk-in-clear" }),
      {
        path: ["openrouterApiKey"],
        value: "[hidden]",
        reason: "is stored in clear: a provider key has to be secret",
        fix: "pulumi config set --secret llm-platform:openrouterApiKey",
      },
    ],
    [
      "a secret that is no secret",
      source({ namespacePrefix: "llm" }, { secretKeys: new Set(["namespacePrefix"]) }),
      {
        path: ["namespacePrefix"],
        value: "[secret]",
        reason: "is no secret and has to be readable in reviews",
        fix: `${remove}namespacePrefix && ${set}namespacePrefix llm`,
      },
    ],
    [
      "a secret that no model names, without its value",
      source(
        { features: { gateway: false }, gateway: { models: [MODEL] }, openrouterKey: "sk-other" },
        { secretKeys: new Set(["openrouterKey"]) },
      ),
      {
        path: ["openrouterKey"],
        value: "[secret]",
        reason: `unknown key; did you mean "openrouterApiKey"? (known here: ${KNOWN}, openrouterApiKey)`,
        fix: `${remove}openrouterKey && pulumi config set --secret llm-platform:openrouterApiKey`,
      },
    ],
    [
      "a key's value in place of its name",
      source({ gateway: { models: [MOCK, { ...MODEL, apiKey: "sk-or-v1" }] } }),
      {
        path: ["gateway", "models", 1, "apiKey"],
        value: "[secret]",
        reason: "expected the name of a config key, in letters and digits; never the key's value",
        fix: setPath("gateway.models[1].apiKey", "openrouterApiKey"),
      },
    ],
  ];

  for (const [what, from, wanted] of CASES) {
    it(what, () => expect(problemsOf(from)).to.deep.equal([wanted]));
  }

  it("all at once, of every sort", () => {
    const problems = problemsOf(
      source({
        context: undefined,
        nope: 1,
        profile: "staging",
        postgres: { storageGi: 0, size: 3 },
        features: { postgres: false },
        gateway: { replicas: "two", models: [MODEL] },
      }),
    );
    expect(problems.map(({ path }) => path.join("."))).to.have.members([
      "context",
      "nope",
      "profile",
      "postgres.storageGi",
      "postgres.size",
      "features.postgres",
      "gateway.replicas",
      "openrouterApiKey",
    ]);
  });

  it("in two models of one list", () => {
    const models = [{ ...MOCK, name: "" }, { ...MODEL, provider: "acme" }, MOCK];
    expect(problemsOf(source({ gateway: { models } })).map(({ path }) => path.join("."))).to.deep.equal([
      "gateway.models.0.name",
      "gateway.models.1.provider",
      "openrouterApiKey",
    ]);
  });

  it("a model in prod at its own place in the list, whatever is wrong before it", () => {
    const from = source(
      { profile: "prod", gateway: { models: [{ ...MODEL, name: "" }, MOCK] }, openrouterApiKey: "x" },
      { secretKeys: new Set(["openrouterApiKey"]) },
    );
    expect(problemsOf(from).map(({ path }) => path.join("."))).to.deep.equal([
      "gateway.models.0.name",
      "gateway.models.1.provider",
    ]);
  });

  it("nothing that follows from a value that is wrong in itself", () => {
    const wrong = { profile: "production", features: { gateway: "no" }, gateway: { database: "off" } };
    expect(problemsOf(source(wrong)).map(({ path }) => path.join("."))).to.deep.equal([
      "profile",
      "features.gateway",
      "gateway.database",
    ]);
  });

  it("nothing but a section that is no section", () =>
    expect(problemsOf(source({ gateway: "on" })).map(({ path }) => path.join("."))).to.deep.equal([
      "gateway",
    ]));

  it("nothing of a gateway that is off", () => {
    const from = source({ features: { gateway: false }, gateway: { database: false }, profile: "prod" });
    expect(parseConfig(from).features.gateway).to.equal(false);
  });

  it("as one message: key, value, reason and fix of each", () => {
    const { message, name } = errorOf(source({ profile: "staging", context: undefined }));
    expect(name).to.equal("ConfigError");
    expect(message).to.equal(`the configuration of this stack has 2 problems; nothing was changed:

  llm-platform:profile = "staging"
    expected one of: dev, prod
    fix: pulumi config set llm-platform:profile dev

  llm-platform:context = (not set)
    no cluster is named: kubectl would use "other" of /home/me/.kube/config, but a stack must name its cluster
    fix: pulumi config set llm-platform:context other`);
  });

  it("one problem in the singular", () =>
    expect(errorOf(source({ profile: "staging" })).message).to.match(
      /^the configuration of this stack has 1 problem;/,
    ));

  it("never with a secret's value in the message", () => {
    const value = "sk-very-secret-value";
    const secretKeys = new Set(["context", "gateway", "postgres", "nope", "openrouterKey", "features"]);
    const values = Object.fromEntries([...secretKeys].map((key) => [key, value]));
    const { message, problems } = errorOf(source({ ...values }, { secretKeys }));
    expect(problems.length).to.be.at.least(secretKeys.size);
    expect(message + JSON.stringify(problems)).to.not.include(value);
  });

  it("never with a provider key that is in clear in the message", () => {
    const { message } = errorOf(source({ gateway: { models: [MODEL] }, openrouterApiKey: "sk-in-clear" }));
    expect(message).to.not.include("sk-in-clear");
  });

  it("with values quoted for a shell", () => {
    const contexts = { source: "x", names: [], current: "it's; rm -rf" };
    expect(problemsOf(source({ context: undefined }, { contexts }))[0]?.fix).to.equal(
      `${set}context 'it'\\''s; rm -rf'`,
    );
  });
});

describe("modelApiKeys", () => {
  it("are sorted, each once, without mock models", () => {
    const models = ["b", "a", "b"].map((apiKey) => ({ ...MODEL, provider: "openai" as const, apiKey }));
    expect(modelApiKeys([...models, { name: "x", provider: "mock", response: "y" }])).to.deep.equal([
      "a",
      "b",
    ]);
  });
});
