import { expect } from "chai";
import { parseConfig } from "../../../stacks/parse-config.ts";
import { errorOf, MOCK, MODEL, problemsOf, set, source } from "./config-fixtures.ts";

describe("the message of parseConfig", () => {
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

  it("a model in prod with its own index, also after invalid entries", () => {
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

  it("only a section of the wrong type", () =>
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
