import { rmSync } from "node:fs";
import { expect } from "chai";
import type { RedisConfig } from "../../components/redis/render-config.ts";
import { until } from "./nats-client.ts";
import { RedisServer, type ServerOptions, unpackValkey } from "./redis-server.ts";

const LITELLM = { user: "litellm", password: "litellm-password" };
/** What a shell, a URL or an access rule would stumble over. */
const OPEN_WEBUI = { user: "open_webui", password: `o'p"e n $HOME #>\\ ~* +@all é` };
/** Without scripts. */
const PLAIN = { user: "plain", password: "plain-password" };
const OPTIONS: ServerOptions = {
  config: { maxMemoryMi: 64, evictionPolicy: "volatile-lru", persistence: true },
  users: { litellm: { scripts: true }, open_webui: { channels: ["socketio"], scripts: true }, plain: {} },
  passwords: {
    REDISCLI_AUTH: "probe-password",
    PASSWORD_LITELLM: LITELLM.password,
    PASSWORD_OPEN_WEBUI: OPEN_WEBUI.password,
    PASSWORD_PLAIN: PLAIN.password,
  },
};
const withConfig = (config: Partial<RedisConfig>) => ({
  ...OPTIONS,
  config: { ...OPTIONS.config, ...config },
});

/**
 * The commands of no data type that a consumer may use. Commands for data types are bound by its keys. A newer server
 * has more commands: each new one that is allowed needs a look, and a line here.
 */
const GENERAL_COMMANDS =
  "asking auth client|caching client|capa client|getname client|getredir client|help client|id " +
  "client|import-source client|info client|no-touch client|reply client|setinfo client|setname " +
  "client|trackinginfo command command|count command|docs command|getkeys command|getkeysandflags " +
  "command|help command|info command|list copy dbsize del discard dump echo eval eval_ro evalsha evalsha_ro " +
  "exec exists expire expireat expiretime hello info lolwut memory|usage move multi object|encoding " +
  "object|freq object|idletime object|refcount persist pexpire pexpireat pexpiretime ping psubscribe pttl " +
  "publish punsubscribe quit readonly readwrite rename renamenx reset script|exists script|load select " +
  "spublish ssubscribe subscribe sunsubscribe time touch ttl type unlink unsubscribe unwatch watch";

describe("the rendered configuration and users, in the Valkey of the live stack", function () {
  this.timeout(60_000);
  let root = "";
  let server: RedisServer;

  before("needs Debian 13's packages, which apt fetches", async function () {
    this.timeout(300_000);
    const found = await unpackValkey();
    if (found === undefined) return this.skip();
    root = found;
    server = await RedisServer.create(root);
    expect(await server.start(OPTIONS), server.output).to.equal(undefined);
  });
  after(async () => {
    if (root === "") return;
    await server.remove();
    rmSync(root, { recursive: true });
  });

  it("answers the probe, and its user may do nothing else", () => {
    expect(server.probe("probe-password")).to.deep.equal({ out: "PONG", failed: false });
    expect(server.probe("wrong").failed).to.equal(true);
    const read = server.run({ user: "probe", password: "probe-password" }, "get", "litellm:a");
    expect(read.out).to.match(/^NOPERM .*'get'/);
  });

  it("rejects clients without a password, with a wrong one, or with that of another user", () => {
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

  it("allows each consumer to read and write its own keys, also in scripts", () => {
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
    it(`denies a consumer the data of another: ${command.join(" ")}`, () => {
      server.run(OPEN_WEBUI, "set", "open_webui:a", "1");
      expect(server.run(LITELLM, ...command).out).to.match(/NOPERM|ACL failure in script/);
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
    "script debug sync",
    "script debug yes",
    "script show 0",
    "function load x",
    "fcall x 0",
    "client pause 100000",
    "client unblock 1",
    "client no-evict on",
    "blpop litellm:list 0",
    "brpoplpush litellm:a litellm:b 0",
    "xread block 0 streams litellm:stream $",
    "wait 1 0",
    "sort litellm:list by open_webui:*",
    "restore litellm:a 0 x",
    "failover",
    "latency reset",
    "commandlog get 1 slow",
  ]) {
    it(`denies a consumer: ${command}`, () =>
      expect(server.run(LITELLM, ...command.split(" ")).out).to.match(/^NOPERM/));
  }

  it("refuses a consumer, and everybody else: debug sleep 1", () =>
    expect(server.run(LITELLM, "debug", "sleep", "1").out).to.match(/^ERR DEBUG command not allowed/));

  it("allows a consumer its own channels, and those granted by name", () => {
    expect(server.run(LITELLM, "publish", "litellm:config", "hello").out).to.equal("0");
    expect(server.run(OPEN_WEBUI, "publish", "open_webui:tasks", "hello").out).to.equal("0");
    expect(server.run(OPEN_WEBUI, "publish", "socketio", "hello").out).to.equal("0");
    expect(server.run(OPEN_WEBUI, "publish", "socketio2", "hello").out).to.match(/^NOPERM/);
  });

  it("allows clients to identify themselves", () => {
    expect(server.run(LITELLM, "client", "setname", "litellm").out).to.equal("OK");
    expect(server.run(LITELLM, "info", "server").out).to.match(/^valkey_version:8\.1\./m);
  });

  it("lets a consumer without the need run no script", () => {
    expect(server.run(PLAIN, "set", "plain:a", "1").out).to.equal("OK");
    for (const command of ["eval", "eval_ro", "evalsha", "evalsha_ro"])
      expect(server.run(PLAIN, command, "return 1", "0").out, command).to.match(/^NOPERM/);
    expect(server.run(PLAIN, "script", "load", "return 1").out).to.match(/^NOPERM/);
  });

  it("allows the commands for data types and a few others, and no command that a newer server adds", () => {
    const ofTypes = ["bitmap", "geo", "hash", "hyperloglog", "list", "set", "sortedset", "stream", "string"];
    const typed = server.ask(...ofTypes.map((type) => `acl cat ${type}`));
    const general = server.ask("command list").filter((name) => !typed.includes(name));
    // The number of arguments of a command is unknown. One of these fits.
    const tries = general.flatMap((name) =>
      Array.from({ length: 9 }, (_, count) => ({
        name,
        ask: `acl dryrun litellm ${name.replace("|", " ")}${" litellm:a".repeat(count)}`,
      })),
    );
    const answers = server.ask(...tries.map(({ ask }) => ask));
    expect(answers).to.have.length(tries.length);
    const allowed = tries.filter((_, index) => /^OK$|no permissions to access/.test(answers[index] ?? ""));
    expect([...new Set(allowed.map(({ name }) => name))].sort().join(" ")).to.equal(GENERAL_COMMANDS);
  });

  describe("keeps one consumer from stopping the others", () => {
    before(async () => {
      await server.stop();
      await server.start(OPTIONS);
    });
    const PROBE = OPTIONS.passwords["REDISCLI_AUTH"] ?? "";
    const memory = (field: string): number =>
      Number(new RegExp(`^${field}:(\\d+)`, "m").exec(server.run(OPEN_WEBUI, "info").out)?.[1]);

    it("by a script without an end", async () => {
      const attacker = await server.connect(LITELLM);
      attacker.send("EVAL", "while true do pcall(function() while true do end end) end", "0");
      await until(async () => {
        await server.isAlive(PROBE);
        return attacker.read()?.includes("Script killed") === true;
      }, "the probe to end the script");
      expect(server.run(OPEN_WEBUI, "set", "open_webui:a", "1").out).to.equal("OK");
      expect(server.run(LITELLM, "script", "kill").out).to.match(/^NOPERM/);
      attacker.close();
    });

    it("by a script without an end that has written, which costs a restart and nothing else", async () => {
      expect(server.run(OPEN_WEBUI, "set", "open_webui:kept", "1").out).to.equal("OK");
      const attacker = await server.connect(LITELLM);
      attacker.send("EVAL", "redis.call('SET', KEYS[1], 'x') while true do end", "1", "litellm:half");
      await until(async () => !(await server.isAlive(PROBE)), "the probe to stop the server");
      await server.ended();
      attacker.close();
      await server.start(OPTIONS);
      expect(server.run(OPEN_WEBUI, "get", "open_webui:kept").out).to.equal("1");
      expect(server.run(LITELLM, "exists", "litellm:half").out).to.equal("0");
    });

    it("by a value that fills the memory", () => {
      for (const command of [
        ["setrange", "litellm:a", "100000000", "x"],
        ["setbit", "litellm:a", "4000000000", "1"],
        ["bitfield", "litellm:a", "set", "u8", "#100000000", "1"],
      ])
        expect(server.run(LITELLM, ...command).out).to.match(
          /maximum allowed size|not an integer or out of range/,
        );
      expect(server.run(OPEN_WEBUI, "get", "open_webui:a").failed).to.equal(false);
    });

    it("by answers that it does not read", async () => {
      expect(server.run(OPEN_WEBUI, "set", "open_webui:cached", "1", "EX", "600").out).to.equal("OK");
      expect(server.run(LITELLM, "setrange", "litellm:large", "1000000", "x").failed).to.equal(false);
      const attacker = await server.connect(LITELLM);
      attacker.send("MGET", ...Array.from({ length: 200 }, () => "litellm:large"));
      await until(() => memory("client_output_buffer_limit_disconnections") > 0, "the end of the connection");
      expect(memory("used_memory_peak")).to.be.lessThan(64 * 1024 ** 2);
      expect(server.run(OPEN_WEBUI, "get", "open_webui:cached").out).to.equal("1");
      attacker.close();
    });

    it("by many requests that it does not finish", async () => {
      const attackers = await Promise.all(Array.from({ length: 8 }, () => server.connect(LITELLM)));
      for (const attacker of attackers)
        attacker.write(`*3\r\n$3\r\nSET\r\n$9\r\nlitellm:a\r\n$10000000\r\n${"x".repeat(9_000_000)}`);
      await until(() => memory("evicted_clients") > 0, "the end of a connection");
      expect(memory("used_memory_peak")).to.be.lessThan(64 * 1024 ** 2);
      expect(server.run(OPEN_WEBUI, "get", "open_webui:cached").out).to.equal("1");
      for (const attacker of attackers) attacker.close();
    });
  });

  it("has the configured memory and policy", () => {
    const memory = server.run(LITELLM, "info", "memory").out;
    expect(memory)
      .to.match(/maxmemory:67108864\r?$/m)
      .and.match(/maxmemory_policy:volatile-lru\r?$/m);
  });

  it("leaves no password in its output", () => {
    expect(server.output).to.contain("Ready to accept connections");
    for (const password of Object.values(OPTIONS.passwords)) expect(server.output).not.to.contain(password);
  });

  it("keeps its data after a restart and after a kill", async () => {
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

  it("accepts only the new password after a restart", async () => {
    await server.stop();
    await server.start({ ...OPTIONS, passwords: { ...OPTIONS.passwords, PASSWORD_LITELLM: "second" } });
    expect(server.run({ ...LITELLM, password: "second" }, "get", "litellm:kept").out).to.equal("43");
    expect(server.run(LITELLM, "get", "litellm:kept").failed).to.equal(true);
  });

  it("loses its data on a restart without persistence", async () => {
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
    missing: { REDISCLI_AUTH: "probe-password", PASSWORD_OPEN_WEBUI: "b", PASSWORD_PLAIN: "c" },
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
