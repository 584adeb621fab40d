import { expect } from "chai";
import type { RedisConfig } from "../../components/redis/render-config.ts";
import { findRedis, RedisServer, type ServerOptions } from "./redis-server.ts";

const LITELLM = { user: "litellm", password: "litellm-password" };
/** What a shell, a URL or an access rule would stumble over. */
const OPEN_WEBUI = { user: "open_webui", password: `o'p"e n $HOME #>\\ ~* +@all é` };
const OPTIONS: ServerOptions = {
  config: { maxMemoryMi: 64, evictionPolicy: "volatile-lru", persistence: true },
  users: { litellm: {}, open_webui: { channels: ["socketio"] } },
  passwords: {
    REDISCLI_AUTH: "probe-password",
    PASSWORD_LITELLM: LITELLM.password,
    PASSWORD_OPEN_WEBUI: OPEN_WEBUI.password,
  },
};
const withConfig = (config: Partial<RedisConfig>) => ({
  ...OPTIONS,
  config: { ...OPTIONS.config, ...config },
});

describe("the rendered configuration and users, in a real Redis 7", function () {
  this.timeout(60_000);
  let root = "";
  let server: RedisServer;

  before("needs Debian's redis-server, which apt fetches", async function () {
    const found = await findRedis();
    if (found === undefined) return this.skip();
    root = found;
    server = await RedisServer.create(root);
    expect(await server.start(OPTIONS), server.output).to.equal(undefined);
  });
  after(() => (root === "" ? undefined : server.remove()));

  it("answers the probe, and its user may do nothing else", () => {
    expect(server.probe("probe-password")).to.deep.equal({ out: "PONG", failed: false });
    expect(server.probe("wrong").failed).to.equal(true);
    const read = server.run({ user: "probe", password: "probe-password" }, "get", "litellm:a");
    expect(read.out).to.match(/^NOPERM .*'get'/);
  });

  it("refuses who has no password, a wrong one, or another's", () => {
    expect(server.run({}, "ping").out).to.match(/^NOAUTH/);
    expect(server.run({}, "get", "litellm:a").out).to.match(/^NOAUTH/);
    for (const login of [
      { user: "litellm", password: "wrong" },
      { user: "litellm", password: OPEN_WEBUI.password },
      { user: "default", password: LITELLM.password },
      { password: LITELLM.password },
    ]) {
      expect(server.run(login, "get", "litellm:a"), JSON.stringify(login)).to.deep.include({ failed: true });
      expect(server.run(login, "ping").out).to.match(/WRONGPASS[^]*NOAUTH/);
    }
  });

  it("lets each consumer read and write its own keys, scripts included", () => {
    for (const login of [LITELLM, OPEN_WEBUI]) {
      const key = `${login.user}:a`;
      expect(server.run(login, "set", key, "1", "EX", "60").out).to.equal("OK");
      expect(server.run(login, "eval", "return redis.call('INCR', KEYS[1])", "1", key).out).to.equal("2");
      expect(server.run(login, "hset", `${login.user}:hash`, "field", "value").out).to.equal("1");
    }
  });

  for (const command of [
    ["get", "open_webui:a"],
    ["set", "open_webui:a", "2"],
    ["del", "open_webui:a"],
    ["set", "litellm", "1"],
    ["set", "litellmx:a", "1"],
    ["copy", "open_webui:a", "litellm:copied"],
    ["rename", "open_webui:a", "litellm:moved"],
    ["eval", "return redis.call('GET', KEYS[1])", "1", "open_webui:a"],
    ["eval", "return redis.call('GET', 'open_webui:a')", "0"],
    ["publish", "open_webui:a", "hello"],
    ["publish", "socketio", "hello"],
    ["subscribe", "open_webui:a"],
    ["psubscribe", "*"],
  ]) {
    it(`keeps a consumer out of another's: ${command.join(" ")}`, () => {
      server.run(OPEN_WEBUI, "set", "open_webui:a", "1");
      expect(server.run(LITELLM, ...command).out).to.match(/NOPERM|can't access at least one of the keys/);
      expect(server.run(OPEN_WEBUI, "get", "open_webui:a").out).to.equal("1");
    });
  }

  for (const command of [
    "flushall",
    "flushdb",
    "swapdb 0 1",
    "config get *",
    "config set maxmemory 1",
    "config rewrite",
    "acl list",
    "acl setuser litellm allkeys",
    "keys *",
    "scan 0",
    "randomkey",
    "pubsub channels",
    "client list",
    "client kill user open_webui",
    "client tracking on bcast",
    "script flush",
    "script kill",
    "function flush",
    "function list",
    "monitor",
    "shutdown nosave",
    "replicaof no one",
    "slowlog get",
    "module list",
    "save",
    "bgrewriteaof",
    "migrate 127.0.0.1 1 litellm:a 0 1",
  ]) {
    it(`refuses a consumer: ${command}`, () =>
      expect(server.run(LITELLM, ...command.split(" ")).out).to.match(/^NOPERM/));
  }

  it("lets a consumer use channels of its own, and those that it was given by name", () => {
    expect(server.run(LITELLM, "publish", "litellm:config", "hello").out).to.equal("0");
    expect(server.run(OPEN_WEBUI, "publish", "open_webui:tasks", "hello").out).to.equal("0");
    expect(server.run(OPEN_WEBUI, "publish", "socketio", "hello").out).to.equal("0");
    expect(server.run(OPEN_WEBUI, "publish", "socketio2", "hello").out).to.match(/^NOPERM/);
  });

  it("keeps what clients say of themselves working", () => {
    expect(server.run(LITELLM, "client", "setname", "litellm").out).to.equal("OK");
    expect(server.run(LITELLM, "info", "server").out).to.match(/redis_version:7\./);
    expect(server.run(LITELLM, "acl", "whoami").out).to.equal("litellm");
  });

  it("has the memory and the policy that were asked for", () => {
    const memory = server.run(LITELLM, "info", "memory").out;
    expect(memory)
      .to.match(/maxmemory:67108864\r?$/m)
      .and.match(/maxmemory_policy:volatile-lru\r?$/m);
  });

  it("leaves no password in its output", () => {
    expect(server.output).to.contain("Ready to accept connections");
    for (const password of Object.values(OPTIONS.passwords)) expect(server.output).not.to.contain(password);
  });

  it("keeps its data over a restart and over a kill", async () => {
    expect(server.run(LITELLM, "set", "litellm:kept", "42").out).to.equal("OK");
    await server.stop();
    await server.start(OPTIONS);
    expect(server.run(LITELLM, "get", "litellm:kept").out).to.equal("42");
    expect(server.run(LITELLM, "set", "litellm:kept", "43").out).to.equal("OK");
    // appendfsync everysec: the kernel has the write at once, so only a node that dies loses it.
    await server.stop("SIGKILL");
    await server.start(OPTIONS);
    expect(server.run(LITELLM, "get", "litellm:kept").out).to.equal("43");
  });

  it("takes a new password with the next start, and the old one no more", async () => {
    await server.stop();
    await server.start({ ...OPTIONS, passwords: { ...OPTIONS.passwords, PASSWORD_LITELLM: "second" } });
    expect(server.run({ ...LITELLM, password: "second" }, "get", "litellm:kept").out).to.equal("43");
    expect(server.run(LITELLM, "get", "litellm:kept").failed).to.equal(true);
  });

  it("keeps nothing without persistence", async () => {
    const other = await RedisServer.create(root);
    try {
      await other.start(withConfig({ persistence: false }));
      expect(other.run(LITELLM, "set", "litellm:kept", "42").out).to.equal("OK");
      await other.stop();
      await other.start(withConfig({ persistence: false }));
      expect(other.run(LITELLM, "exists", "litellm:kept").out).to.equal("0");
    } finally {
      await other.remove();
    }
  });

  for (const [what, passwords] of Object.entries({
    empty: { ...OPTIONS.passwords, PASSWORD_LITELLM: "" },
    missing: { REDISCLI_AUTH: "probe-password", PASSWORD_OPEN_WEBUI: "b" },
  })) {
    it(`does not start when a password is ${what}`, async () => {
      const other = await RedisServer.create(root);
      try {
        expect(await other.start({ ...OPTIONS, passwords })).to.be.greaterThan(0);
        expect(other.output).to.match(/password of litellm is empty|PASSWORD_LITELLM/);
      } finally {
        await other.remove();
      }
    });
  }
});
