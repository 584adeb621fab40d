import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { renderConfig } from "../../../../components/redis/render-config.ts";
import { renderStart } from "../../../../components/redis/render-start.ts";

describe("renderConfig of Redis", () => {
  it("keeps a log of writes, or nothing", () => {
    expect(renderConfig({ maxMemoryMi: 64, evictionPolicy: "noeviction", persistence: true })).to
      .equal(`bind * -::*
port 6379
protected-mode no
aclfile /run/redis/users.acl
dir /data
maxmemory 64mb
maxmemory-policy noeviction
maxmemory-clients 16mb
client-output-buffer-limit normal 16mb 0 0
client-output-buffer-limit pubsub 16mb 0 0
proto-max-bulk-len 16mb
busy-reply-threshold 2000
appendonly yes
appendfsync everysec
save ""
`);
    expect(renderConfig({ maxMemoryMi: 64, evictionPolicy: "noeviction", persistence: false })).to.include(
      "\nappendonly no\n",
    );
  });
});

describe("renderStart of Redis", () => {
  /** Runs the script with a stand-in for the server that shows its environment, and shows the users besides. */
  function run(passwords: Readonly<Record<string, string>>) {
    const folder = mkdtempSync(join(tmpdir(), "llm-platform-redis-start-"));
    try {
      writeFileSync(join(folder, "valkey-server"), '#!/bin/sh\necho "$*"\nenv\n');
      chmodSync(join(folder, "valkey-server"), 0o755);
      const script = renderStart({ litellm: {}, a: { channels: ["socketio"], scripts: true } });
      const out = execFileSync("sh", ["-c", script.replace("/run/redis", folder)], {
        encoding: "utf8",
        env: { PATH: `${folder}:${process.env["PATH"] ?? ""}`, ...passwords },
      });
      return { out, users: readFileSync(join(folder, "users.acl"), "utf8") };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it("writes the users with hashes of their passwords, and takes the passwords away", () => {
    const { out, users } = run({ REDISCLI_AUTH: "p", PASSWORD_A: "b", PASSWORD_LITELLM: "c d" });
    const hash = (password: string) => createHash("sha256").update(password).digest("hex");
    const commands =
      "+@read +@write +@pubsub +@transaction +@connection -@admin -@dangerous -@blocking -@scripting +info -scan " +
      "-randomkey -client|tracking -pubsub";
    const scripts = "+time +eval +evalsha +eval_ro +evalsha_ro +script|load +script|exists";
    expect(users).to.equal(`user default reset off
user probe reset on #${hash("p")} +ping +script|kill +shutdown
user a reset on #${hash("b")} ~a:* &a:* &socketio ${commands} ${scripts}
user litellm reset on #${hash("c d")} ~litellm:* &litellm:* ${commands}
`);
    expect(out)
      .to.match(/^\/etc\/redis\/redis\.conf\n/)
      .and.to.contain("PATH=");
    expect(out).not.to.match(/AUTH|PASSWORD/);
  });

  it("does not depend on order", () =>
    expect(renderStart({ b: {}, a: {} })).to.equal(renderStart({ a: {}, b: {} })));
});
