import { expect } from "chai";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  ApiError,
  isConflict,
  isImmutable,
  isNamespaceMissing,
  isRbacDenial,
  isUnknownField,
} from "../../../../../sandbox/engine/kubernetes/api-error.ts";
import { applyObject, createObject } from "../../../../../sandbox/engine/kubernetes/apply.ts";
import { Informers } from "../../../../../sandbox/engine/kubernetes/await/informers.ts";
import { Cluster } from "../../../../../sandbox/engine/kubernetes/cluster.ts";
import { describe as describeError, toFailure } from "../../../../../sandbox/engine/kubernetes/failures.ts";
import { Http } from "../../../../../sandbox/kubernetes/http.ts";
import { OperationFailed } from "../../../../../sandbox/engine/shared/errors.ts";
import type { Operation } from "../../../../../sandbox/engine/shared/provider.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

function json(status: number, body: object, headers: Record<string, string> = {}): Answer {
  return (_, response) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

describe("engine: kubernetes API client", () => {
  let server: Server;
  let answers: Answer[];
  let seen: string[];
  let cluster: Cluster;
  const resource = { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
  const place = { resource, namespace: "app", name: "config" };
  const options = { fieldManager: "me", dryRun: false, force: false };

  beforeEach(async () => {
    answers = [];
    seen = [];
    server = createServer((request, response) => {
      seen.push(`${request.method ?? ""} ${request.url ?? ""}`);
      request.resume();
      (answers.shift() ?? json(500, { message: "not expected" }))(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const url = new URL(`http://127.0.0.1:${port}/prefix`);
    cluster = new Cluster(
      new Http({ server: url, tls: {}, headers: () => Promise.resolve({}), namespace: undefined }),
    );
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it("addresses objects, below the server's own path", async () => {
    answers = [
      json(200, { kind: "ConfigMap" }),
      json(200, { kind: "ConfigMap" }, { Warning: '299 - "old \\"one\\"", 299 - "b"' }),
    ];
    await cluster.get(place);
    const { warnings } = await cluster.apply(place, {}, { ...options, dryRun: true, force: true });
    expect(warnings).to.deep.equal(['old "one"', "b"]);
    expect(seen).to.deep.equal([
      "GET /prefix/api/v1/namespaces/app/configmaps/config",
      "PATCH /prefix/api/v1/namespaces/app/configmaps/config?fieldManager=me&fieldValidation=Strict&dryRun=All&force=true",
    ]);
  });

  it("reads 404 as missing, and every other rejection as an error with the server's message", async () => {
    answers = [json(404, { message: "no" }), json(403, { message: "forbidden: x", reason: "Forbidden" })];
    expect(await cluster.get(place)).to.equal(undefined);
    const error: unknown = await cluster.get(place).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ApiError).with.property("message", "forbidden: x");
  });

  it("knows from the response to a delete whether the object is already deleted", async () => {
    answers = [json(200, { kind: "Status" }), json(200, { kind: "ConfigMap" }), json(404, {})];
    expect(await cluster.delete(place, "Background")).to.equal(true);
    expect(await cluster.delete(place, "Background")).to.equal(false);
    expect(await cluster.delete(place, "Background")).to.equal(true);
  });

  it("retries if the server requests it, and after a broken connection", async () => {
    const cut: Answer = (request) => void request.socket.destroy();
    answers = [json(200, {}), json(429, {}), json(503, {}), cut, json(200, { kind: "ConfigMap" })];
    await cluster.get(place);
    expect(await cluster.get(place)).to.deep.equal({ kind: "ConfigMap" });
    expect(seen).to.have.length(5);
  });

  it("reports an unreachable server immediately, with its address", async () => {
    const { port } = server.address() as AddressInfo;
    server.close();
    const failure = toFailure(
      await cluster.get(place).catch((reason: unknown) => reason),
      "cannot read",
      new AbortController().signal,
    );
    expect(failure).to.be.instanceOf(OperationFailed);
    expect(failure.message).to.include(`http://127.0.0.1:${port}/prefix: connect ECONNREFUSED`);
  });

  it("finds kinds once, and looks again for one that was not there", async () => {
    const list = (...kinds: string[]) =>
      json(200, {
        resources: kinds.flatMap((kind) => [
          { kind, name: kind.toLowerCase(), namespaced: true },
          { kind: "Scale", name: "a/scale" },
        ]),
      });
    answers = [list("A"), list("A", "B"), json(404, {})];
    expect((await cluster.discovery.find("x/v1", "A"))?.plural).to.equal("a");
    expect((await cluster.discovery.find("x/v1", "B"))?.plural).to.equal("b");
    expect((await cluster.discovery.find("x/v1", "A"))?.namespaced).to.equal(true);
    expect(await cluster.discovery.find("y/v1", "C")).to.equal(undefined);
    expect(seen).to.deep.equal(["GET /prefix/apis/x/v1", "GET /prefix/apis/x/v1", "GET /prefix/apis/y/v1"]);
  });

  describe("server-side apply", () => {
    const conflict = (manager: string) =>
      json(409, {
        reason: "Conflict",
        details: {
          causes: [
            {
              reason: "FieldManagerConflict",
              field: ".data.a",
              message: `conflict with "${manager}" using v1`,
            },
          ],
        },
      });
    const apply = () => ({ cluster, place, object: {}, fieldManager: "me", force: false, dryRun: false });
    const operation = {
      signal: new AbortController().signal,
      log: { info: () => undefined, status: () => undefined },
    } as unknown as Operation;
    const create = (adoptAny: boolean) => createObject(apply(), { adoptAny, waitSeconds: 5 }, operation);

    it("takes over manual changes by kubectl", async () => {
      answers = [conflict("kubectl-edit"), json(200, {})];
      await applyObject(apply());
      expect(seen[1]).to.include("force=true");
    });
    it("reports every other manager's field, and how to go on", async () => {
      answers = [conflict("other-team")];
      const error: unknown = await applyObject(apply()).catch((reason: unknown) => reason);
      expect(String(error))
        .to.include('.data.a: conflict with "other-team"')
        .and.include("pulumi.com/patchForce");
      expect(seen).to.have.length(1);
    });
    it("creates a missing object, waits for a deletion, adopts its own unfinished object, rejects a foreign one", async () => {
      const object = (metadata: object) => json(200, { metadata });
      const mine = { managedFields: [{ manager: "me", operation: "Apply" }] };
      answers = [json(404, {}), json(201, {})];
      await create(false);
      answers = [object({ deletionTimestamp: "now" }), json(404, {}), json(201, {})];
      await create(false);
      answers = [object(mine), json(200, {})];
      await create(false);
      answers = [object({ managedFields: [{ manager: "me", operation: "Update" }] })];
      const error: unknown = await create(false).catch((reason: unknown) => reason);
      expect(String(error))
        .to.include("ConfigMap app/config is there already")
        .and.include("import (id app/config)");
      answers = [object({}), json(200, {})];
      await create(true);
    });
  });

  describe("informers", () => {
    const item = (name: string, version: number) => ({
      metadata: { name, resourceVersion: String(version) },
    });
    const list = (version: number, ...items: object[]) =>
      json(200, { metadata: { resourceVersion: String(version) }, items });
    const lines =
      (...events: object[]): Answer =>
      (_, response) => {
        response.writeHead(200);
        for (const event of events) response.write(`${JSON.stringify(event)}\n`);
      };

    it("share one list and one watch, follow changes, and list again when the watch fails", async () => {
      answers = [
        list(1, item("a", 1)),
        lines(
          { type: "ADDED", object: item("b", 2) },
          { type: "DELETED", object: item("a", 3) },
          { type: "ERROR", object: { code: 410 } },
        ),
        list(9, item("c", 9)),
        lines(),
      ];
      const informers = new Informers(cluster);
      const [lease, other] = await Promise.all([
        informers.open(resource, "app"),
        informers.open(resource, "app"),
      ]);
      const history = [
        lease
          .list()
          .map(({ metadata }) => (metadata as { name: string }).name)
          .join(),
      ];
      await new Promise<void>((resolve) => {
        lease.onChange(() => {
          history.push(
            lease
              .list()
              .map(({ metadata }) => (metadata as { name: string }).name)
              .join(),
          );
          if (lease.get("c")) resolve();
        });
      });
      expect(history).to.deep.equal(["a", "a,b", "b", "c"]);
      expect(other.get("c")?.["kind"]).to.equal("ConfigMap");
      expect(seen.slice(0, 3)).to.deep.equal([
        "GET /prefix/api/v1/namespaces/app/configmaps",
        "GET /prefix/api/v1/namespaces/app/configmaps?watch=true&allowWatchBookmarks=true&resourceVersion=1",
        "GET /prefix/api/v1/namespaces/app/configmaps",
      ]);
      lease.close();
      other.close();
    });

    it("fail where the kind may not be listed, and can be tried again", async () => {
      answers = [json(403, { message: "no" }), list(1), lines()];
      const informers = new Informers(cluster);
      const error: unknown = await informers.open(resource, "app").catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(ApiError);
      (await informers.open(resource, "app")).close();
    });
  });
});

describe("engine: kubernetes API errors", () => {
  const error = (status: number, message: string, more: object = {}) =>
    new ApiError(status, { message, ...more });
  const rbac = error(
    403,
    'configmaps is forbidden: User "poor" cannot patch resource "configmaps" in API group ""',
  );

  it("are distinguished", () => {
    expect(isRbacDenial(rbac)).to.equal(true);
    expect(isRbacDenial(error(403, "pods is forbidden: exceeded quota: q"))).to.equal(false);
    expect(isNamespaceMissing(error(404, "", { details: { kind: "namespaces" } }))).to.equal(true);
    expect(isNamespaceMissing(error(404, "", { details: { kind: "configmaps" } }))).to.equal(false);
    expect(isUnknownField(error(500, ".spec.x: field not declared in schema"))).to.equal(true);
    expect(isUnknownField(error(400, 'strict decoding error: unknown field "x"'))).to.equal(true);
    expect(isUnknownField(error(422, "invalid"))).to.equal(false);
    expect(isConflict(error(409, "", { reason: "AlreadyExists" }))).to.equal(false);
  });

  const immutable = [
    "spec.selector: Invalid value: x: field is immutable",
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
    "spec: Forbidden: pod updates may not change fields other than `image`",
    "spec.clusterIPs[0]: Invalid value: []: may not change once set",
    "roleRef: Invalid value: x: cannot change roleRef",
    "value: Forbidden: may not be changed in an update.",
  ];
  for (const message of immutable) {
    it(`read as immutable: ${message}`, () => expect(isImmutable(error(422, message))).to.equal(true));
  }
  it("of a policy are never read as immutable", () => {
    expect(
      isImmutable(error(422, "ValidatingAdmissionPolicy 'p' denied request: updates to x are forbidden")),
    ).to.equal(false);
    expect(isImmutable(error(403, "field is immutable"))).to.equal(false);
  });

  it("report how to fix missing rights and expired credentials", () => {
    expect(describeError(rbac)).to.include("bind a role");
    expect(describeError(error(401, "Unauthorized"))).to.include("may have expired");
  });
  it("list several causes one by one", () => {
    const causes = [
      { field: "spec.a", message: "Required value" },
      { field: "spec.b", message: "Invalid value: 1" },
    ];
    const several = error(422, 'Pod "x" is invalid: [spec.a: Required value, spec.b: Invalid value: 1]', {
      details: { causes },
    });
    expect(describeError(several)).to.equal(
      'Pod "x" is invalid:\n  - spec.a: Required value\n  - spec.b: Invalid value: 1',
    );
  });
  it("are failures that changed nothing; a cancellation stays one", () => {
    const refused = error(422, "Invalid value: 1");
    const failure = toFailure(refused, "cannot create x", new AbortController().signal);
    expect(failure)
      .to.be.instanceOf(OperationFailed)
      .with.property("message", "cannot create x: Invalid value: 1");
    const reason = new OperationFailed("canceled", "canceled");
    expect(toFailure(new Error("aborted"), "x", AbortSignal.abort(reason))).to.equal(reason);
  });
});
