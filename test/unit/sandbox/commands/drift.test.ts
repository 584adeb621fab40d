import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";
import { expect } from "chai";
import { readDrift, renderDrift, valueAt } from "../../../../sandbox/commands/drift-report.ts";

const deployment = (inputs: object) => ({
  outputs: { kind: "Deployment", metadata: { namespace: "llm-gateway", name: "litellm" } },
  inputs,
});
const event = (metadata: object): string =>
  JSON.stringify({
    resOutputsEvent: {
      metadata: {
        urn: "urn:pulumi:dev::p::kubernetes:apps/v1:Deployment::litellm",
        type: "kubernetes:apps/v1:Deployment",
        ...metadata,
      },
    },
  });

describe("valueAt", () => {
  const root = { spec: { containers: [{ image: "a:1" }] }, data: { "config.yaml": "x", 'q"q': 1 } };
  it("follows names, indexes and quoted keys", () => {
    expect(valueAt(root, "spec.containers[0].image")).to.equal("a:1");
    expect(valueAt(root, 'data["config.yaml"]')).to.equal("x");
    expect(valueAt(root, 'data["q\\"q"]')).to.equal(1);
  });
  it("shows a secret and its contents as [secret]", () => {
    const secret = { [specialSigKey]: specialSecretSig, ciphertext: "x" };
    expect(valueAt({ stringData: secret }, 'stringData["users.conf"]')).to.equal("[secret]");
    expect(valueAt({ stringData: { "users.conf": secret } }, 'stringData["users.conf"]')).to.equal(
      "[secret]",
    );
  });
  it("returns nothing for a path that does not exist", () => {
    expect(valueAt(root, "spec.replicas.deeper")).to.equal(undefined);
  });
});

describe("readDrift", () => {
  it("lists each property with the expected and the found value", () => {
    const log = event({
      op: "update",
      old: deployment({ spec: { replicas: 1 } }),
      new: deployment({ spec: { replicas: 3 } }),
      detailedDiff: { "spec.replicas": { diffKind: "update" } },
    });
    expect(readDrift(log)).to.deep.equal([
      { resource: "Deployment llm-gateway/litellm", property: "spec.replicas", wanted: "1", found: "3" },
    ]);
  });

  it("reports a deleted object", () => {
    expect(readDrift(event({ op: "delete", old: deployment({}), new: null }))).to.deep.equal([
      { resource: "Deployment llm-gateway/litellm", property: undefined, wanted: "there", found: "deleted" },
    ]);
  });

  it("leaves out what is the same, and events of other kinds", () => {
    const log = [
      event({ op: "same", old: deployment({}) }),
      event({ op: "refresh", old: deployment({}) }),
      '{"preludeEvent":{}}',
      "",
    ];
    expect(readDrift(log.join("\n"))).to.deep.equal([]);
  });

  it("falls back to the changed keys when there are no paths, and to the object when there are no keys", () => {
    const keys = event({
      op: "update",
      old: deployment({ spec: 1 }),
      new: deployment({ spec: 2 }),
      diffs: ["spec"],
      detailedDiff: null,
    });
    expect(readDrift(keys).map(({ property }) => property)).to.deep.equal(["spec"]);
    const nothing = event({ op: "update", old: deployment({}), new: deployment({}) });
    expect(readDrift(nothing)).to.deep.include({
      resource: "Deployment llm-gateway/litellm",
      property: undefined,
      wanted: "unchanged",
      found: "changed",
    });
  });

  it("shows a value that was added by hand, and shortens long ones", () => {
    const log = event({
      op: "update",
      old: deployment({ data: { a: "x".repeat(60) } }),
      new: deployment({ data: { a: "line one\nline two", b: "by hand" } }),
      detailedDiff: { "data.a": {}, "data.b": {} },
    });
    expect(readDrift(log).map(({ wanted, found }) => [wanted, found])).to.deep.equal([
      [`${"x".repeat(39)}…`, "line one line two"],
      ["nothing", "by hand"],
    ]);
  });

  it("names a resource that is no Kubernetes object by its type and its name", () => {
    const log = event({
      op: "delete",
      urn: "urn:pulumi:dev::p::random:index/randomPassword:RandomPassword::key",
      type: "random:index/randomPassword:RandomPassword",
      old: { outputs: {} },
    });
    expect(readDrift(log)[0]?.resource).to.equal("RandomPassword key");
  });
});

describe("renderDrift", () => {
  it("is one aligned line a property", () => {
    const text = renderDrift([
      { resource: "ConfigMap llm-gateway/config", property: "data.a", wanted: "1", found: "2" },
      { resource: "NetworkPolicy llm-data/deny", property: undefined, wanted: "there", found: "deleted" },
    ]);
    expect(text.split("\n")).to.deep.equal([
      "RESOURCE                      PROPERTY  WANTED  FOUND",
      "ConfigMap llm-gateway/config  data.a    1       2",
      "NetworkPolicy llm-data/deny             there   deleted",
    ]);
  });
});
