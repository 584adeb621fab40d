import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConnection } from "../../../../sandbox/kubernetes/kubeconfig.ts";

describe("kubernetes kubeconfig", () => {
  const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  after(() => rmSync(folder, { recursive: true }));
  const config = (user: object = { token: "t0ken" }, cluster: object = {}) =>
    JSON.stringify({
      "current-context": "dev",
      clusters: [
        { name: "c", cluster: { server: "https://127.0.0.1:6443", ...cluster } },
        { name: "other", cluster: { server: "https://127.0.0.1:7777" } },
      ],
      users: [{ name: "u", user }],
      contexts: [
        { name: "dev", context: { cluster: "c", user: "u", namespace: "team" } },
        { name: "prod", context: { cluster: "other", user: "u" } },
      ],
    });
  const load = (kubeconfig: string | undefined, more: { context?: string; cluster?: string } = {}) =>
    loadConnection({ kubeconfig, context: undefined, cluster: undefined, ...more });

  it("is read from its contents and from a file", async () => {
    const file = join(folder, "config");
    writeFileSync(file, config());
    for (const given of [config(), file]) {
      const connection = load(given);
      expect(connection.server.port).to.equal("6443");
      expect(connection.namespace).to.equal("team");
      expect(await connection.headers()).to.deep.equal({ Authorization: "Bearer t0ken" });
    }
  });
  it("returns the requested context or cluster", () => {
    expect(load(config(), { context: "prod" }).server.port).to.equal("7777");
    expect(load(config(), { cluster: "other" }).server.port).to.equal("7777");
  });
  it("supports certificates as data and as files, token files, passwords, and plugins", async () => {
    writeFileSync(join(folder, "token"), "from-file\n");
    writeFileSync(join(folder, "ca.pem"), "CA");
    const file = join(folder, "files");
    writeFileSync(file, config({ tokenFile: "token" }, { "certificate-authority": "ca.pem" }));
    const connection = load(file);
    expect(String(connection.tls.ca)).to.equal("CA");
    expect(await connection.headers()).to.deep.equal({ Authorization: "Bearer from-file" });
    expect(load(config({ "client-key-data": "S0VZ" })).tls.key).to.deep.equal(Buffer.from("KEY"));
    expect(await load(config({ username: "a", password: "b" })).headers()).to.deep.equal({
      Authorization: "Basic YTpi",
    });
    const credential = JSON.stringify({ status: { token: "from-plugin" } });
    const plugin = { exec: { command: process.execPath, args: ["-p", `'${credential}'`] } };
    expect(await load(config(plugin)).headers()).to.deep.equal({ Authorization: "Bearer from-plugin" });
  });

  const refusals: [what: string, load: () => unknown, message: string][] = [
    ["none at all", () => load(undefined), "no kubeconfig was given"],
    ["an unknown context", () => load(config(), { context: "x" }), 'no context "x"; it has dev, prod'],
    ["a file that is not there", () => load("/nowhere/config"), "/nowhere/config does not exist"],
    ["a proxy, which it would not use", () => load(config({}, { "proxy-url": "http://x" })), "proxy-url"],
    ["impersonation, which it would not do", () => load(config({ as: "root" })), "uses as"],
    ["several files", () => load("/a:/b"), "several kubeconfig files"],
  ];
  for (const [what, act, message] of refusals) it(`refuses ${what}`, () => expect(act).to.throw(message));
  it("is never quoted when it cannot be read", () => {
    const act = () => load("clusters:\n  - 'my-secret-key\n\tx: y: z");
    expect(act).to.throw("is not a kubeconfig");
    expect(act).not.to.throw("my-secret-key");
  });
});
