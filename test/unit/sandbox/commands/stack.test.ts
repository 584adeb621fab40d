import { expect } from "chai";
import { readDeployment } from "../../../../sandbox/commands/deployment.ts";
import { missingApiKeys } from "../../../../sandbox/commands/placeholder-keys.ts";
import { mergeStackCopy, type StackFile } from "../../../../sandbox/commands/stack-config.ts";

const sandboxConfig = { "p:kubeconfig": "/sandbox/kubeconfig", "p:context": "sandbox" };
const merge = (tracked: StackFile, lastTracked: StackFile = {}, copy: StackFile = {}) =>
  mergeStackCopy({ tracked, lastTracked, copy, sandboxConfig });

describe("mergeStackCopy", () => {
  it("begins as the tracked file and the sandbox's own keys", () => {
    expect(merge({ config: { "p:replicas": 2 } })).to.deep.equal({
      file: { config: { "p:replicas": 2, ...sandboxConfig } },
      ownKeys: [],
      unreadableKeys: [],
    });
  });

  it("is the same when it is merged again", () => {
    const tracked = { config: { "p:models": [{ name: "a" }], "p:replicas": 2 } };
    const first = merge(tracked).file;
    expect(merge(tracked, tracked, first).file).to.deep.equal(first);
  });

  it("follows the tracked file: new, changed and removed keys", () => {
    const before = { config: { "p:gone": 1, "p:changed": 1 } };
    const tracked = { config: { "p:changed": 2, "p:new": 3 } };
    const { file, ownKeys } = merge(tracked, before, merge(before).file);
    expect(file.config).to.deep.equal({ "p:changed": 2, "p:new": 3, ...sandboxConfig });
    expect(ownKeys).to.deep.equal([]);
  });

  it("keeps what was set or removed in the copy, also when the tracked file changes later", () => {
    const before = { config: { "p:replicas": 2, "p:storage": 10, "p:feature": true } };
    const copy = { config: { "p:replicas": 5, "p:storage": 10, "p:extra": "mine", ...sandboxConfig } };
    const tracked = { config: { "p:replicas": 3, "p:storage": 20, "p:feature": true } };
    const { file, ownKeys } = merge(tracked, before, copy);
    expect(file.config).to.deep.equal({
      "p:extra": "mine",
      "p:replicas": 5,
      "p:storage": 20,
      ...sandboxConfig,
    });
    expect(ownKeys).to.deep.equal(["p:extra", "p:feature", "p:replicas"]);
  });

  it("keeps the salt: without it the state's secrets are lost", () => {
    expect(merge({ config: {} }, {}, { encryptionsalt: "v1:salt" }).file.encryptionsalt).to.equal("v1:salt");
  });

  it("never uses the salt of the tracked file, which belongs to another passphrase", () => {
    expect(merge({ encryptionsalt: "v1:theirs", config: {} }).file).to.not.have.property("encryptionsalt");
  });

  it("always uses the sandbox's cluster, whatever the tracked file or the copy contain", () => {
    const real = { config: { "p:context": "production", "p:kubeconfig": "/home/me/.kube/config" } };
    expect(merge(real, {}, real).file.config).to.deep.equal(sandboxConfig);
  });

  it("ignores encrypted values of the tracked file, and lists their keys", () => {
    const tracked = { config: { "p:one": { secure: "v1:a" }, "p:plain": 1, "p:two": { secure: "v1:b" } } };
    const { file, unreadableKeys } = merge(tracked);
    expect(file.config).to.deep.equal({ "p:plain": 1, ...sandboxConfig });
    expect(unreadableKeys).to.deep.equal(["p:one", "p:two"]);
  });

  it("accepts a secret of its own in the place of an encrypted value", () => {
    const tracked = { config: { "p:key": { secure: "v1:theirs" } } };
    const copy = { config: { "p:key": { secure: "v1:own" } } };
    expect(merge(tracked, {}, copy).file.config).to.deep.include({ "p:key": { secure: "v1:own" } });
  });
});

describe("missingApiKeys", () => {
  const models = [{ apiKey: "b" }, { apiKey: "a" }, { apiKey: "b" }, { provider: "mock" }, { apiKey: "set" }];

  it("lists each unset key that models need, once", () => {
    const config = { "p:gateway": { models }, "p:set": { secure: "v1:x" } };
    expect(missingApiKeys("p", { config })).to.deep.equal(["p:a", "p:b"]);
  });

  for (const gateway of [undefined, "text", {}, { models: "text" }, { models: [{ apiKey: 1 }] }]) {
    it(`leaves invalid configuration to the program: ${JSON.stringify(gateway)}`, () => {
      expect(missingApiKeys("p", { config: { "p:gateway": gateway } })).to.deep.equal([]);
    });
  }
});

describe("readDeployment", () => {
  const claim = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace: "llm-data" },
  };
  const read = (deployment: object) => readDeployment(JSON.stringify({ version: 3, deployment }));

  it("counts what is protected", () => {
    expect(read({ resources: [{ protect: true }, { protect: false }, {}] }).protectedCount).to.equal(1);
  });
  it("names what the program keeps as kubectl does, with and without a group", () => {
    const statefulSet = { apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "db" } };
    const { retains } = read({
      resources: [
        { retainOnDelete: true, outputs: claim },
        { retainOnDelete: true, outputs: statefulSet },
        { outputs: { ...claim, kind: "Secret" } },
        { retainOnDelete: true },
      ],
    });
    for (const kept of ["persistentvolumeclaim/data", "statefulset.apps/db"])
      expect(retains(kept)).to.equal(true);
    for (const other of ["secret/data", "persistentvolumeclaim/db"]) expect(retains(other)).to.equal(false);
  });
  it("recognizes the claims that a StatefulSet leaves behind, with any number", () => {
    const statefulSet = (name: string, whenDeleted: string) => ({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name },
      spec: {
        persistentVolumeClaimRetentionPolicy: { whenDeleted },
        volumeClaimTemplates: [{ metadata: { name: "data" } }],
      },
    });
    const { retains } = read({
      resources: [{ outputs: statefulSet("etcd", "Retain") }, { outputs: statefulSet("nats", "Delete") }],
    });
    for (const kept of ["data-etcd-0", "data-etcd-12"])
      expect(retains(`persistentvolumeclaim/${kept}`), kept).to.equal(true);
    for (const other of ["data-etcd-", "data-etcd-x", "data-nats-0", "logs-etcd-0"])
      expect(retains(`persistentvolumeclaim/${other}`), other).to.equal(false);
  });
  it("sees that an update was interrupted", () => {
    expect(read({ resources: [], pending_operations: [{ type: "creating" }] }).interrupted).to.equal(true);
    expect(read({}).interrupted).to.equal(false);
  });
});
