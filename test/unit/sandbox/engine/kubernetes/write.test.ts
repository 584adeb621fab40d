import { expect } from "chai";
import { timeoutSecondsOf } from "../../../../../sandbox/engine/kubernetes/annotations.ts";
import { ApiError } from "../../../../../sandbox/engine/kubernetes/api-error.ts";
import type { Informers, Lease } from "../../../../../sandbox/engine/kubernetes/await/informers.ts";
import { leaseObject } from "../../../../../sandbox/engine/kubernetes/await/lease.ts";
import type { Cluster, Place } from "../../../../../sandbox/engine/kubernetes/cluster.ts";
import { deleteObject } from "../../../../../sandbox/engine/kubernetes/delete.ts";
import type { KubeObject } from "../../../../../sandbox/kubernetes/json.ts";
import { idOf, placeFromId, placeOf } from "../../../../../sandbox/engine/kubernetes/place.ts";
import { previewCreate, previewUpdate } from "../../../../../sandbox/engine/kubernetes/write.ts";
import type { Write } from "../../../../../sandbox/engine/kubernetes/write.ts";
import { unknown } from "../../../../../sandbox/engine/shared/property-values.ts";
import type { PropertyMap } from "../../../../../sandbox/engine/shared/property-values.ts";
import type { DeleteRequest, Operation } from "../../../../../sandbox/engine/shared/provider.ts";

const namespaced = { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const clusterScoped = { apiVersion: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };

/** A cluster of which a test says how it answers. */
function fake(
  answers: Partial<Record<"get" | "apply" | "dryRunCreate" | "delete", (place: Place) => unknown>>,
): Cluster {
  const methods = Object.entries(answers).map(([name, answer]) => [
    name,
    async (place: Place) => Promise.resolve(answer(place)),
  ]);
  const discovery = { find: () => Promise.resolve(namespaced) };
  const cluster: unknown = { discovery, ...Object.fromEntries(methods) };
  return cluster as Cluster;
}
function throws(status: number, message: string, more: object = {}): () => never {
  return () => {
    throw new ApiError(status, { message, ...more });
  };
}
async function errorOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );
}

const warnings: string[] = [];
const operation = {
  signal: new AbortController().signal,
  log: { warn: (text: string) => warnings.push(text), status: () => undefined },
} as unknown as Operation;

describe("engine: kubernetes places", () => {
  const target = { cluster: fake({}), defaultNamespace: "team" };
  it("have a namespace for namespaced kinds only", () => {
    const metadata = { name: "x", namespace: "app" };
    expect(placeOf(target, namespaced, { metadata })?.namespace).to.equal("app");
    expect(placeOf(target, namespaced, { metadata: { name: "x" } })?.namespace).to.equal("team");
    expect(placeOf(target, clusterScoped, { metadata })?.namespace).to.equal(undefined);
    expect(placeOf(target, namespaced, { metadata: { name: unknown } })).to.equal(undefined);
  });
  it("are written as ids and read from them", () => {
    for (const id of ["app/x", "team/y"]) expect(idOf(placeFromId(target, namespaced, id))).to.equal(id);
    expect(idOf(placeFromId(target, namespaced, "x"))).to.equal("team/x");
    expect(idOf(placeFromId(target, clusterScoped, "x"))).to.equal("x");
  });
});

describe("engine: kubernetes time limits", () => {
  const annotated = (text: string) => ({ metadata: { annotations: { "pulumi.com/timeoutSeconds": text } } });
  it("come from customTimeouts, then from the annotation, then from the kind", () => {
    expect(timeoutSecondsOf(annotated("5"), 3, 600)).to.equal(3);
    expect(timeoutSecondsOf(annotated("5"), undefined, 600)).to.equal(5);
    expect(timeoutSecondsOf({}, undefined, 600)).to.equal(600);
  });
  it("must be numbers", () => {
    expect(() => timeoutSecondsOf(annotated("5m"), undefined, 600)).to.throw(
      '"5m": it must be a whole number',
    );
  });
});

describe("engine: kubernetes previews", () => {
  const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "config", namespace: "app" } };
  const write = (cluster: Cluster, more: PropertyMap = {}): Write => ({
    target: { cluster, defaultNamespace: "default" },
    options: { enablePatchForce: false, upsertExistingObjects: false },
    inputs: { ...inputs, ...more },
    fieldManager: "me",
    timeoutSeconds: 1,
  });
  const missing = throws(404, 'namespaces "app" not found', { details: { kind: "namespaces" } });
  const inDefault = (answer: () => unknown) => (place: Place) =>
    place.namespace === "app" ? missing() : answer();
  const preview = (dryRunCreate: (place: Place) => unknown, more: PropertyMap = {}) =>
    previewCreate(write(fake({ dryRunCreate }), more), operation);

  it("give the server's answer", async () => {
    expect(await preview(() => ({ object: { a: 1 }, warnings: [] }))).to.deep.equal({
      object: { a: 1 },
      warnings: [],
    });
  });
  it("make no dry-run with unknown values, and treat an existing object as one that will be replaced", async () => {
    expect(await preview(throws(500, "not expected"), { data: { a: unknown } })).to.equal(undefined);
    expect(await preview(throws(409, "there", { reason: "AlreadyExists" }))).to.equal(undefined);
  });
  it("check the object in another namespace when its own is still to come", async () => {
    expect(await preview(inDefault(() => ({ object: {}, warnings: [] })))).to.equal(undefined);
    expect(
      await errorOf(preview(inDefault(throws(400, 'strict decoding error: unknown field "x"')))),
    ).to.include("unknown field");
    expect(await errorOf(preview(inDefault(throws(422, "data: wrong", { reason: "Invalid" }))))).to.equal(
      "data: wrong",
    );
  });
  it("and ignore policies, quotas and rights of the other namespace", async () => {
    for (const refusal of [
      throws(403, "exceeded quota"),
      throws(422, "policy denied request: x", { reason: "Invalid" }),
    ]) {
      expect(await preview(inDefault(refusal))).to.equal(undefined);
    }
  });
  it("warn when the user may not write, and fail on every other refusal", async () => {
    const rbac = 'User "poor" cannot create resource "configmaps"';
    expect(await preview(throws(403, rbac))).to.equal(undefined);
    expect(warnings.join()).to.include(rbac);
    expect(await errorOf(preview(throws(403, "exceeded quota")))).to.equal("exceeded quota");
  });
  it("of an update name each unknown field, which the answer to an apply does not", async () => {
    const cluster = fake({
      get: () => undefined,
      apply: throws(500, "field not declared in schema"),
      dryRunCreate: throws(400, 'strict decoding error: unknown field "a", unknown field "b"'),
    });
    expect(await errorOf(previewUpdate(write(cluster), [], operation))).to.include('unknown field "b"');
  });
});

describe("engine: kubernetes deletion", () => {
  const request: DeleteRequest = {
    urn: "urn",
    type: "kubernetes:core/v1:ConfigMap",
    name: "config",
    id: "app/config",
    oldInputs: {},
    oldOutputs: { metadata: { uid: "one" } },
    timeoutSeconds: 0.02,
  };
  const run = (gone: boolean, live: KubeObject | undefined, more: Partial<DeleteRequest> = {}) => {
    const lease: Lease = {
      get: () => live,
      list: () => [],
      onChange: () => undefined,
      close: () => undefined,
    };
    const cluster = fake({ delete: () => gone });
    const informers = { open: () => Promise.resolve(lease) } as unknown as Informers;
    return deleteObject(
      { cluster, defaultNamespace: "default" },
      { cluster, informers },
      { ...request, ...more },
      operation,
    );
  };
  const live = (uid: string): KubeObject => ({ metadata: { uid, finalizers: ["example.com/keep"] } });

  it("waits until the object is deleted, and reports what blocks it", async () => {
    expect(await errorOf(run(true, live("one")))).to.equal("no error");
    expect(await errorOf(run(false, undefined))).to.equal("no error");
    const error = await errorOf(run(false, live("one")));
    expect(error)
      .to.include("ConfigMap app/config is still there 0.02 s after its deletion")
      .and.include("example.com/keep");
  });
  it("treats a new object with the same name as another one", async () => {
    expect(await errorOf(run(false, live("two")))).to.equal("no error");
  });
  it("refuses a propagation policy that does not exist", async () => {
    const oldInputs = { metadata: { annotations: { "pulumi.com/deletionPropagationPolicy": "sideways" } } };
    expect(await errorOf(run(true, undefined, { oldInputs }))).to.include('"sideways"');
  });
});

describe("engine: kubernetes watching with few rights", () => {
  const place = { resource: namespaced, namespace: "app", name: "config" };
  const informers = (error: Error) => ({ open: () => Promise.reject(error) }) as unknown as Informers;
  it("polls the object if the kind may not be listed", async () => {
    const cluster = fake({ get: () => ({ kind: "ConfigMap" }) });
    const lease = await leaseObject(informers(new ApiError(403, {})), cluster, place);
    expect(lease.get("config")).to.deep.equal({ kind: "ConfigMap" });
    lease.close();
  });
  it("fails for every other reason", async () => {
    expect(
      await errorOf(leaseObject(informers(new Error("away")), fake({ get: () => ({}) }), place)),
    ).to.equal("away");
  });
});
