import { expect } from "chai";
import { parseConfig } from "../../../stacks/parse-config.ts";
import { CONTEXTS, MOCK, MODEL, source } from "./config-fixtures.ts";

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

  it("accepts every key", () => {
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

  it("reads text that looks like a number as text if text is expected", () => {
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
