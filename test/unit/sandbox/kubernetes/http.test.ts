import { expect } from "chai";
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { call } from "../../../../sandbox/cluster/access.ts";
import { Http, warningTexts } from "../../../../sandbox/kubernetes/http.ts";

describe("kubernetes HTTP", () => {
  let server: Server;
  let url: string;
  let statuses: number[];
  let seen: IncomingMessage[];

  beforeEach(async () => {
    seen = [];
    server = createServer((request, response) => {
      seen.push(request);
      response.writeHead(statuses.shift() ?? 500).end("ok");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const client = () =>
    new Http({
      server: new URL(url),
      tls: {},
      headers: () => Promise.resolve({ Authorization: "Bearer own" }),
      namespace: undefined,
    });

  it("sends the headers of a request, and no other credentials than its own", async () => {
    statuses = [200];
    const headers = {
      "impersonate-user": "jane",
      "impersonate-group": ["a", "b"],
      Authorization: "Bearer x",
    };
    await client().request({ method: "PUT", path: "/x", headers });
    expect(seen[0]?.method).to.equal("PUT");
    expect(seen[0]?.headersDistinct).to.deep.include({
      "impersonate-user": ["jane"],
      "impersonate-group": ["a", "b"],
      authorization: ["Bearer own"],
    });
  });

  it("tries a health check once, and a request until the server is ready", async () => {
    statuses = [503, 200];
    expect((await client().once({ method: "GET", path: "/" })).status).to.equal(503);
    statuses = [503, 200];
    expect((await client().request({ method: "GET", path: "/" })).status).to.equal(200);
    expect(seen).to.have.length(3);
  });

  it("keeps no connection after a single call, and gives nothing where there is no answer", async () => {
    statuses = [200];
    expect(await call("GET", `${url}/healthz`, {})).to.include({ status: 200, body: "ok" });
    const connections = await new Promise<number>((settle, fail) => {
      setTimeout(() => server.getConnections((error, count) => (error ? fail(error) : settle(count))), 50);
    });
    expect(connections).to.equal(0);
    server.close();
    expect(await call("GET", `${url}/healthz`, {})).to.equal(undefined);
  });

  it("reads warnings from their header", () => {
    expect(warningTexts(undefined)).to.deep.equal([]);
    expect(warningTexts('299 - "a, b", 299 agent "c"')).to.deep.equal(["a, b", "c"]);
  });
});
