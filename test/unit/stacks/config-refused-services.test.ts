import { expect } from "chai";
import {
  GATEWAY,
  MOCK,
  MODEL,
  problemsOf,
  type Refused,
  setPath,
  source,
  withKey,
} from "./config-fixtures.ts";

describe("what parseConfig refuses of the services", () => {
  const MODEL_FIX = [
    "name claude-sonnet",
    "provider openrouter",
    "model z-ai/glm-5",
    "apiKey openrouterApiKey",
  ]
    .map((pair) => pair.split(" "))
    .map(([key = "", value = ""]) => setPath(`gateway.models[0].${key}`, value))
    .join(" && ");

  const CASES: Refused = [
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
        reason: "the gateway stores its keys and budgets in PostgreSQL (gateway.database is on)",
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
        reason: "in prod every caller has its own key and budget, which are stored in the database",
        fix: setPath("gateway.database", "true"),
      },
    ],
    [
      "a gateway without models",
      source({ gateway: {} }),
      { path: ["gateway", "models"], reason: "the gateway needs at least one model", fix: MODEL_FIX },
    ],
    [
      "a mock model in prod",
      source({ profile: "prod" }),
      {
        path: ["gateway", "models", 0, "provider"],
        value: "mock",
        reason: "a mock model always answers with the same text; it is for dev only",
        fix: setPath("gateway.models[0].provider", "openrouter"),
      },
    ],
    [
      "a provider key that is not set",
      source({ gateway: { models: [MODEL] } }),
      {
        path: ["openrouterApiKey"],
        reason: "a model refers to this key, which is not set",
        fix: "pulumi config set --secret llm-platform:openrouterApiKey",
      },
    ],
    [
      "a provider key in clear, without repeating it",
      source({ gateway: { models: [MODEL] }, openrouterApiKey: "sk-in-clear" }),
      {
        path: ["openrouterApiKey"],
        value: "[hidden]",
        reason: "is stored in plain text: a provider key must be a secret",
        fix: "pulumi config set --secret llm-platform:openrouterApiKey",
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
});
