import { expect } from "chai";
import { ApiError } from "../../../../../sandbox/engine/kubernetes/api-error.ts";
import { changesBetween } from "../../../../../sandbox/engine/kubernetes/changes.ts";
import { diffInputs } from "../../../../../sandbox/engine/kubernetes/diff.ts";
import { formatPath, overlaps, parsePath } from "../../../../../sandbox/engine/kubernetes/paths.ts";
import type { Target } from "../../../../../sandbox/engine/kubernetes/place.ts";
import { replacingChanges } from "../../../../../sandbox/engine/kubernetes/replacement.ts";
import { Secret, unknown } from "../../../../../sandbox/engine/shared/property-values.ts";
import type { PropertyMap } from "../../../../../sandbox/engine/shared/property-values.ts";
import type { DiffRequest } from "../../../../../sandbox/engine/shared/provider.ts";

describe("engine: kubernetes property paths", () => {
  const paths: [text: string, path: (string | number)[]][] = [
    ["spec.ports[0].name", ["spec", "ports", 0, "name"]],
    ['metadata.labels["app.kubernetes.io/name"]', ["metadata", "labels", "app.kubernetes.io/name"]],
    ["spec.containers[*].image", ["spec", "containers", "*", "image"]],
  ];
  for (const [text, path] of paths) it(`reads ${text}`, () => expect(parsePath(text)).to.deep.equal(path));
  it("reads the API server's spelling", () => {
    expect(parsePath(".spec.template.spec.containers[0].image")).to.deep.equal([
      "spec",
      "template",
      "spec",
      "containers",
      0,
      "image",
    ]);
    expect(parsePath("metadata.annotations[example.com/a]")).to.deep.equal([
      "metadata",
      "annotations",
      "example.com/a",
    ]);
  });
  it("writes what it reads", () => {
    for (const [text, path] of paths.slice(0, 2)) expect(formatPath(path)).to.equal(text);
  });
  it("overlap when one leads into the other", () => {
    expect(overlaps(["spec"], ["spec", "a"])).to.equal(true);
    expect(overlaps(["spec", "a", 0], ["spec", "a"])).to.equal(true);
    expect(overlaps(["spec", "*", "x"], ["spec", 3, "x"])).to.equal(true);
    expect(overlaps(["spec", "a"], ["spec", "b"])).to.equal(false);
  });
});

describe("engine: kubernetes changes", () => {
  const changed = (oldInputs: PropertyMap, inputs: PropertyMap) =>
    Object.fromEntries(changesBetween(oldInputs, inputs).map(({ path, kind }) => [formatPath(path), kind]));

  it("are found at the leaves", () => {
    const oldInputs = { a: 1, b: { c: [1, 2], d: "x" }, e: null };
    const inputs = { a: 2, b: { c: [1], d: "x" }, f: {} };
    expect(changed(oldInputs, inputs)).to.deep.equal({ a: "update", "b.c[1]": "delete", f: "add" });
  });
  it("are not found between equal values, secret or not any more, null or missing", () => {
    expect(changed({ a: new Secret({ b: "1" }), c: null }, { a: { b: "1" } })).to.deep.equal({});
  });
  it("are a value that becomes secret, and one that is not known yet", () => {
    expect(changed({ a: { b: "1" }, c: "1" }, { a: new Secret({ b: "1" }), c: unknown })).to.deep.equal({
      "a.b": "update",
      c: "update",
    });
  });
});

const MUTABLE = { enableConfigMapMutable: true, enableSecretMutable: true };
const STRICT = { enableConfigMapMutable: false, enableSecretMutable: false };

describe("engine: kubernetes replacement by what is known", () => {
  const replacing = (oldInputs: PropertyMap, inputs: PropertyMap, options = STRICT) =>
    replacingChanges(changesBetween(oldInputs, inputs), inputs, options).map(({ path }) => formatPath(path));
  const config = (more: PropertyMap): PropertyMap => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {},
    ...more,
  });

  it("of a ConfigMap or Secret when data change, unless they are mutable", () => {
    const before = config({ data: { a: "1" } });
    const after = config({ data: { a: "2" } });
    expect(replacing(before, after)).to.deep.equal(["data.a"]);
    expect(replacing(before, after, MUTABLE)).to.deep.equal([]);
    expect(replacing(before, { ...after, immutable: true }, MUTABLE)).to.deep.equal(["data.a"]);
    const secret = { kind: "Secret", stringData: new Secret({ a: "1" }) };
    expect(replacing({ ...before, ...secret }, { ...before, ...secret, stringData: { a: "3" } })).to.include(
      "stringData.a",
    );
    expect(replacing(before, config({ data: { a: "1" }, metadata: { labels: { a: "b" } } }))).to.deep.equal(
      [],
    );
  });
  it("when the name or the namespace changes", () => {
    expect(
      replacing(config({ metadata: { name: "a" } }), config({ metadata: { name: "b" } }), MUTABLE),
    ).to.deep.equal(["metadata.name"]);
    expect(
      replacing(
        config({ metadata: { namespace: "a" } }),
        config({ metadata: { namespace: unknown } }),
        MUTABLE,
      ),
    ).to.deep.equal(["metadata.namespace"]);
  });
  it("of a StatefulSet by its immutable fields, in any version of the group", () => {
    const set = (spec: PropertyMap) => ({ apiVersion: "apps/v1", kind: "StatefulSet", spec });
    expect(
      replacing(set({ serviceName: "a", replicas: 1 }), set({ serviceName: "b", replicas: 2 })),
    ).to.deep.equal(["spec.serviceName"]);
  });
});

describe("engine: kubernetes diff", () => {
  function diff(oldInputs: PropertyMap, inputs: PropertyMap, answer?: Error, live?: object) {
    const applied: unknown[] = [];
    const cluster = {
      discovery: {
        find: () =>
          Promise.resolve({ namespaced: true, kind: "Thing", plural: "things", apiVersion: "x/v1" }),
      },
      get: () => Promise.resolve(live),
      apply: (...args: unknown[]) => {
        applied.push(args);
        return answer ? Promise.reject(answer) : Promise.resolve({ object: {}, warnings: [] });
      },
    };
    const target = { cluster, defaultNamespace: "default" } as unknown as Target;
    const request: DiffRequest = {
      urn: "urn",
      type: "kubernetes:x/v1:Thing",
      name: "thing",
      id: "default/thing",
      oldInputs,
      oldOutputs: {},
      inputs,
      ignoreChanges: [],
    };
    return { result: diffInputs(target, STRICT, request), applied };
  }
  const thing = (more: PropertyMap, metadata: PropertyMap = {}): PropertyMap => ({
    apiVersion: "x/v1",
    kind: "Thing",
    metadata: { name: "thing", namespace: "default", ...metadata },
    ...more,
  });
  const status = (message: string, field = "") =>
    new ApiError(422, {
      reason: "Invalid",
      message,
      details: { causes: [{ field, message, reason: "FieldValueInvalid" }] },
    });
  const before = thing({ spec: { a: 1, b: 1 } });
  const after = thing({ spec: { a: 2, b: 2 } });

  it("does not call the server if nothing changed", async () => {
    const { result, applied } = diff(before, before);
    expect((await result).changes).to.equal(false);
    expect(applied).to.deep.equal([]);
  });
  it("treats an absent namespace as the default one", async () => {
    expect((await diff({ ...before, metadata: { name: "thing" } }, before).result).changes).to.equal(false);
  });
  it("updates what the server would accept", async () => {
    const result = await diff(before, after).result;
    expect(result.replaceKeys).to.deep.equal([]);
    expect(result.detailedDiff).to.deep.equal({ "spec.a": { kind: "update" }, "spec.b": { kind: "update" } });
  });
  it("replaces the field that the server calls immutable, the old object first", async () => {
    const result = await diff(before, after, status("field is immutable", "spec.b")).result;
    expect(result.replaceKeys).to.deep.equal(["spec.b"]);
    expect(result.deleteBeforeReplace).to.equal(true);
    expect(result.detailedDiff?.["spec.b"]?.kind).to.equal("update-replace");
  });
  it("replaces when the immutable field is not one of the changed ones", async () => {
    const result = await diff(before, after, status("is immutable after creation", "spec.source")).result;
    expect(result.replaceKeys).to.deep.equal(["spec.a", "spec.b"]);
  });
  it("creates the new object first if the name is generated or changes", async () => {
    const autonamed = { annotations: { "pulumi.com/autonamed": "true" } };
    const immutable = status("field is immutable", "spec.b");
    const generated = await diff(thing({ spec: 1 }, autonamed), thing({ spec: 2 }, autonamed), immutable)
      .result;
    expect(generated.deleteBeforeReplace).to.equal(false);
    const renamed = await diff(before, thing({ spec: { a: 1, b: 1 } }, { name: "other" })).result;
    expect(renamed).to.deep.include({ deleteBeforeReplace: false, replaceKeys: ["metadata.name"] });
  });
  for (const message of [
    "admission policy 'x' denied request: immutable is forbidden",
    "Invalid value: 3: must be less than 2",
  ]) {
    it(`does not replace on: ${message}`, async () => {
      expect((await diff(before, after, status(message)).result).replaceKeys).to.deep.equal([]);
    });
  }
  it("stops if the server is unreachable", async () => {
    const error: unknown = await diff(before, after, new Error("away")).result.catch(
      (reason: unknown) => reason,
    );
    expect(String(error)).to.include("away");
  });
  it("replaces a Job with replaceUnready as long as it has not succeeded", async () => {
    const job = thing({ kind: "Job" }, { annotations: { "pulumi.com/replaceUnready": "true" } });
    const complete = { status: { conditions: [{ type: "Complete", status: "True" }] } };
    expect((await diff(job, job, undefined, complete).result).changes).to.equal(false);
    expect((await diff(job, job, undefined, { status: {} }).result).replaceKeys).to.deep.equal([
      'metadata.annotations["pulumi.com/replaceUnready"]',
    ]);
    expect((await diff(thing({ kind: "Job" }), job, undefined, complete).result).replaceKeys).to.deep.equal(
      [],
    );
    const plain = thing({ kind: "Job" });
    expect((await diff(plain, plain, undefined, { status: {} }).result).changes).to.equal(false);
  });
  it("does not try what is not known yet", async () => {
    const { result, applied } = diff(before, thing({ spec: { a: unknown, b: 1 } }));
    expect((await result).detailedDiff).to.deep.equal({ "spec.a": { kind: "update" } });
    expect(applied).to.deep.equal([]);
  });
});
