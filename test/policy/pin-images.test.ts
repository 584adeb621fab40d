import { expect } from "chai";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { resolveDigests } from "../../sandbox/commands/image-digests.ts";
import { capture } from "../../sandbox/commands/run.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

describe("digests from crane's registry", function () {
  this.timeout(180_000);
  let crane: string;
  let folder: string;
  let registry: ChildProcess;
  let address: string;

  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await capture(crane, args);
    if (code !== 0) throw new Error(`crane ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };

  before(async () => {
    ({ crane } = await ensureTools(["crane"], createReport()));
    folder = await mkdtemp(join(tmpdir(), "registry-"));
    address = `127.0.0.1:${await freePort()}`;
    registry = spawn(crane, ["registry", "serve", "--address", address, "--disk", folder], {
      stdio: "ignore",
    });
    for (let tries = 0; (await capture(crane, ["catalog", address])).code !== 0; tries++) {
      if (tries > 100) throw new Error(`no registry answers on ${address}`);
      await sleep(100);
    }
    // An empty archive is a layer.
    await writeFile(join(folder, "layer.tar"), Buffer.alloc(1024));
    await run("append", "--new_layer", join(folder, "layer.tar"), "--new_tag", `${address}/team/app:1.0.0`);
  });
  after(async () => {
    registry.kill();
    await once(registry, "exit");
    await rm(folder, { recursive: true });
  });

  it("are those of the registry for a tag, and the registry serves the image by them", async () => {
    const image = { repository: `${address}/team/app`, tag: "1.0.0" };
    const [found] = await resolveDigests({ app: image }, crane, process.env);
    if (found === undefined || !("digest" in found)) throw new Error(JSON.stringify(found));
    expect(await run("digest", `${image.repository}@${found.digest}`)).to.equal(found.digest);
  });

  it("are unknown for a missing tag, repository or registry", async () => {
    const images = {
      tag: { repository: `${address}/team/app`, tag: "2.0.0" },
      repository: { repository: `${address}/team/other`, tag: "1.0.0" },
      registry: { repository: `127.0.0.1:${await freePort()}/team/app`, tag: "1.0.0" },
    };
    const found = await resolveDigests(images, crane, process.env);
    const reasons = found.map((resolution) =>
      "reason" in resolution ? resolution.reason : resolution.digest,
    );
    expect(reasons[0]).to.match(/MANIFEST_UNKNOWN/);
    expect(reasons[1]).to.match(/NAME_UNKNOWN|MANIFEST_UNKNOWN/);
    expect(reasons[2]).to.match(/connection refused/);
  });
});
