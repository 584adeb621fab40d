import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { ETCD_GATEWAY_PORT, ETCD_METRICS_PORT, ETCD_PORT } from "../../components/etcd/endpoints.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools, type ToolPaths } from "../../sandbox/tools/ensure.ts";
import { EtcdCluster } from "./etcd-cluster.ts";

const ROOT = { user: "root", password: "root-password" };
const ORDERS = { user: "orders", password: `o'r"d e$r\\s é` };
const STOCK_ROOM = { user: "stock-room", password: "stock-room-password" };
const PASSWORDS = {
  ROOT_PASSWORD: ROOT.password,
  PASSWORD_ORDERS: ORDERS.password,
  PASSWORD_STOCK_ROOM: STOCK_ROOM.password,
};
const USERS = ["orders", "stock-room"];

describe("the rendered flags and the users script, with real etcd", function () {
  this.timeout(60_000);
  let tools: ToolPaths<"etcd">;

  before("builds etcd and needs python3", async function () {
    this.timeout(900_000);
    if (spawnSync("python3", ["--version"]).status !== 0) return this.skip();
    tools = await ensureTools(["etcd"], createReport());
  });

  describe("one member", () => {
    let etcd: EtcdCluster;
    before(async () => {
      etcd = await EtcdCluster.start(tools, 1);
    });
    after(() => etcd.remove());

    const setUsers = (users = USERS, passwords: Readonly<Record<string, string>> = PASSWORDS) => {
      const result = etcd.setUsers(users, passwords);
      expect(result.failed, result.out).to.equal(false);
      for (const password of Object.values(PASSWORDS)) expect(result.out).not.to.contain(password);
      return result.out;
    };
    const authRevision = () =>
      /AuthRevision: (\d+)/.exec(etcd.etcdctl(ROOT, ["auth", "status"]).out)?.[1] ?? "none";

    it("answers the probes of its pod", async () => {
      expect(await etcd.probe(0, "/livez")).to.equal(200);
      expect(await etcd.probe(0, "/readyz")).to.equal(200);
    });

    // Only monitoring reaches the metrics port, and only the Job reaches the gateway's (docs/isolation.md).
    for (const path of ["/metrics", "/debug/vars", "/version", "/health", "/v3/maintenance/status"])
      it(`answers no HTTP on the clients' port: ${path}`, async () =>
        expect(await etcd.http(ETCD_PORT, path)).to.equal(undefined));
    it("answers HTTP on the ports of monitoring and of the Job", async () => {
      expect(await etcd.http(ETCD_METRICS_PORT, "/metrics")).to.equal(200);
      expect(await etcd.http(ETCD_GATEWAY_PORT, "/version")).to.equal(200);
    });

    it("has the configured quota", () =>
      expect(etcd.etcdctl(undefined, ["endpoint", "status", "--write-out=json"]).out).to.contain(
        '"dbSizeQuota":1073741824',
      ));

    it("accepts the users, after a run that failed before authentication was on", () => {
      expect(etcd.etcdctl(undefined, ["user", "add", "root:left-over"]).failed).to.equal(false);
      expect(setUsers().split("\n")).to.deep.equal([
        "user root: has the password of its Secret again",
        "user orders: made",
        "user stock-room: made",
        "authentication: on",
      ]);
    });

    it("changes nothing when it runs again", () => {
      const before = authRevision();
      expect(before).to.match(/^\d+$/);
      expect(setUsers()).to.equal("");
      expect(authRevision()).to.equal(before);
    });

    for (const args of [
      ["put", "/orders/a", "1"],
      ["get", "/orders/a"],
      ["user", "list"],
      ["auth", "disable"],
      ["snapshot", "save", "/dev/null"],
      ["member", "remove", "1"],
      ["lease", "grant", "60"],
      ["endpoint", "status"],
      ["alarm", "disarm"],
    ]) {
      it(`rejects clients without a password: ${args.join(" ")}`, () =>
        expect(etcd.etcdctl(undefined, args).out).to.match(/user name is empty|permission denied/));
    }

    it("rejects a wrong password, and that of another user", () => {
      for (const password of ["wrong", STOCK_ROOM.password])
        expect(etcd.etcdctl({ ...ORDERS, password }, ["get", "/orders/a"]).out).to.match(
          /authentication failed/,
        );
    });

    it("lets each user read, write and delete its own keys", () => {
      for (const login of [ORDERS, STOCK_ROOM]) {
        const key = `/${login.user}/a`;
        expect(etcd.etcdctl(login, ["put", key, "1"]).out).to.equal("OK");
        expect(etcd.etcdctl(login, ["get", "--prefix", `/${login.user}/`]).out).to.equal(`${key}\n1`);
        expect(etcd.etcdctl(login, ["del", key]).out).to.equal("1");
      }
    });

    for (const args of [
      ["put", "/stock-room/a", "1"],
      ["get", "/stock-room/a"],
      ["del", "/stock-room/a"],
      ["get", "--prefix", "/"],
      ["get", "--prefix", ""],
      ["get", "--from-key", "/orders/"],
      ["put", "/orders", "1"],
      ["put", "/orders0", "1"],
      ["put", "/ordersx/a", "1"],
      ["user", "list"],
      ["user", "grant-role", "orders", "root"],
      ["role", "grant-permission", "orders", "readwrite", "--prefix", "/"],
      ["auth", "disable"],
      ["defrag"],
      ["snapshot", "save", "/dev/null"],
      ["compact", "1"],
      ["move-leader", "1"],
      ["endpoint", "hashkv"],
      ["watch", "--prefix", "/stock-room/"],
    ]) {
      it(`restricts a user to its prefix: ${args.join(" ")}`, () =>
        expect(etcd.etcdctl(ORDERS, args).out).to.match(/permission denied/i));
    }

    it("resets a changed password and granted rights", () => {
      for (const change of [
        ["user", "grant-role", "orders", "root"],
        ["user", "revoke-role", "stock-room", "stock-room"],
        ["role", "grant-permission", "stock-room", "read", "/orders/a"],
        ["role", "grant-permission", "orders", "read", "--prefix", "/stock-room/"],
        ["role", "revoke-permission", "orders", "--prefix", "/orders/"],
      ])
        expect(etcd.etcdctl(ROOT, change).failed, change.join(" ")).to.equal(false);
      expect(setUsers(USERS, { ...PASSWORDS, PASSWORD_STOCK_ROOM: "second" })).to.equal(
        "user stock-room: has the password of its Secret again",
      );
      expect(etcd.etcdctl({ ...STOCK_ROOM, password: "second" }, ["put", "/stock-room/a", "1"]).out).to.equal(
        "OK",
      );
      expect(etcd.etcdctl(STOCK_ROOM, ["get", "/stock-room/a"]).out).to.match(/authentication failed/);
      expect(etcd.etcdctl(ROOT, ["user", "get", "orders"]).out).to.equal("User: orders\nRoles: orders");
      expect(etcd.etcdctl(ORDERS, ["get", "/stock-room/a"]).out).to.match(/permission denied/);
      expect(etcd.etcdctl(ORDERS, ["put", "/orders/a", "1"]).out).to.equal("OK");
      expect(etcd.etcdctl(ROOT, ["role", "get", "stock-room"]).out).not.to.contain("/orders/");
      setUsers();
    });

    it("deletes a removed user, and keeps its keys", () => {
      expect(setUsers(["orders"])).to.equal("user stock-room: deleted");
      expect(etcd.etcdctl(STOCK_ROOM, ["get", "/stock-room/a"]).out).to.match(/authentication failed/);
      expect(etcd.etcdctl(ROOT, ["get", "/stock-room/a"]).out).to.equal("/stock-room/a\n1");
      expect(etcd.etcdctl(ROOT, ["role", "list"]).out).to.equal("orders\nroot");
      expect(setUsers()).to.equal("user stock-room: made");
      expect(etcd.etcdctl(STOCK_ROOM, ["get", "/stock-room/a"]).out).to.equal("/stock-room/a\n1");
    });

    it("fails with a message and changes nothing if root's password is wrong", () => {
      const { out, failed } = etcd.setUsers(USERS, { ...PASSWORDS, ROOT_PASSWORD: "another" });
      expect({ out, failed }).to.deep.equal({
        out: "the password of root is not the one that this cluster was given first",
        failed: true,
      });
    });

    it("fails with a message and changes nothing if a password is missing", () => {
      const before = authRevision();
      for (const passwords of [{ ROOT_PASSWORD: ROOT.password }, { ...PASSWORDS, PASSWORD_ORDERS: "" }])
        expect(etcd.setUsers(USERS, passwords)).to.deep.equal({
          out: "PASSWORD_ORDERS is not set",
          failed: true,
        });
      expect(authRevision()).to.equal(before);
    });

    it("keeps keys, users and authentication after a kill", async () => {
      expect(etcd.etcdctl(ORDERS, ["put", "/orders/kept", "42"]).out).to.equal("OK");
      await etcd.kill(0);
      etcd.startMember(0);
      await etcd.ready(0);
      expect(etcd.etcdctl(ORDERS, ["get", "/orders/kept"]).out).to.equal("/orders/kept\n42");
      expect(etcd.etcdctl(undefined, ["get", "/orders/kept"]).out).to.match(/user name is empty/);
    });
  });

  it("shares the quota: a user that fills it stops all others, until root makes space (docs/services.md)", async () => {
    const full = /database space exceeded/;
    const etcd = await EtcdCluster.start(tools, 1, 1 / 64);
    try {
      expect(etcd.setUsers(USERS, PASSWORDS).failed).to.equal(false);
      const fill = () => etcd.etcdctl(ORDERS, ["put", "/orders/a"], 0, "x".repeat(1_000_000)).out;
      expect(Array.from({ length: 20 }, fill).at(-1)).to.match(full);
      const write = () => etcd.etcdctl(STOCK_ROOM, ["put", "/stock-room/a", "1"]).out;
      expect(write()).to.match(full);
      expect(etcd.etcdctl(ORDERS, ["alarm", "disarm"]).out).to.match(/permission denied/);
      expect(etcd.etcdctl(STOCK_ROOM, ["get", "/stock-room/a"]).failed).to.equal(false);

      const status = etcd.etcdctl(ROOT, ["endpoint", "status", "--write-out=json"]).out;
      const revision = /"revision":(\d+)/.exec(status)?.[1] ?? "none";
      for (const step of [["compact", revision], ["defrag"], ["alarm", "disarm"]])
        expect(etcd.etcdctl(ROOT, step).failed, step.join(" ")).to.equal(false);
      expect(write()).to.equal("OK");
    } finally {
      await etcd.remove();
    }
  });

  describe("three members", () => {
    let etcd: EtcdCluster;
    before(async () => {
      etcd = await EtcdCluster.start(tools, 3);
      const { out, failed } = etcd.setUsers(USERS, PASSWORDS);
      expect(failed, out).to.equal(false);
    });
    after(() => etcd.remove());

    it("are one cluster", () => {
      const lines = etcd.etcdctl(ROOT, ["member", "list"]).out.split("\n");
      expect(lines.map((line) => line.split(", ").slice(1, 3).join(" ")).sort()).to.deep.equal([
        "started etcd-0",
        "started etcd-1",
        "started etcd-2",
      ]);
      expect(etcd.etcdctl(ORDERS, ["put", "/orders/a", "1"], 1).out).to.equal("OK");
      expect(etcd.etcdctl(ORDERS, ["get", "/orders/a"], 2).out).to.equal("/orders/a\n1");
    });

    it("continue while one is down, which catches up afterwards", async () => {
      await etcd.kill(0);
      expect(etcd.etcdctl(undefined, ["get", "/orders/a"], 1).out).to.match(/user name is empty/);
      await etcd.ready(1);
      expect(etcd.etcdctl(ORDERS, ["put", "/orders/a", "2"], 1).out).to.equal("OK");
      etcd.startMember(0);
      await etcd.ready(0);
      expect(etcd.etcdctl(ORDERS, ["get", "/orders/a"], 0).out).to.equal("/orders/a\n2");
    });

    it("are not ready, but alive, when two are down", async () => {
      await etcd.kill(0);
      await etcd.kill(1);
      expect(etcd.etcdctl(ORDERS, ["--command-timeout=2s", "put", "/orders/a", "3"], 2).failed).to.equal(
        true,
      );
      expect(await etcd.probe(2, "/livez")).to.equal(200);
      expect(await etcd.probe(2, "/readyz")).to.equal(503);
      etcd.startMember(0);
      etcd.startMember(1);
      await Promise.all([0, 1, 2].map((index) => etcd.ready(index)));
      expect(etcd.etcdctl(ORDERS, ["get", "/orders/a"], 2).out).to.equal("/orders/a\n2");
    });
  });
});
