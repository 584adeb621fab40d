// Ports of a checkout's live node: on real sockets of the loopback.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { listenOnLoopback, portsFile, portsOf } from "../../../../sandbox/live/ports.ts";
import { type StatePaths, statePaths } from "../../../../sandbox/paths.ts";

describe("the ports of a live node", () => {
  const folders: string[] = [];
  const checkout = (): StatePaths => {
    const folder = mkdtempSync(join(tmpdir(), "ports-"));
    folders.push(folder);
    return statePaths(folder);
  };
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  /** The ports of a node that has started. */
  async function start(paths: StatePaths): Promise<{ ports: number[]; stop: () => void }> {
    const servers = await listenOnLoopback(paths);
    return {
      ports: servers.map(({ port }) => port),
      stop: () => servers.forEach(({ server }) => server.close()),
    };
  }

  it("are the same at each start", async () => {
    const paths = checkout();
    const first = await start(paths);
    first.stop();
    const again = await start(paths);
    again.stop();
    expect(first.ports).to.have.length(16);
    expect(again.ports).to.deep.equal(first.ports);
  });

  it("belong to one service each, independent of the order of requests", async () => {
    const paths = checkout();
    const { ports, stop } = await start(paths);
    stop();
    const [, first, second, third] = ports;
    expect(await portsOf(["phoenix", "open-webui"], paths)).to.deep.equal({
      phoenix: first,
      "open-webui": second,
    });
    expect(await portsOf(["litellm", "open-webui"], paths)).to.deep.equal({
      litellm: third,
      "open-webui": second,
    });
    const many = Array.from({ length: 13 }, (_, index) => `more-${index}`);
    const error = await portsOf(many, paths).catch((thrown: unknown) => String(thrown));
    expect(error).to.contain("16 services are too many: the live node has 15 ports");
    expect(await portsOf(["phoenix"], paths)).to.deep.equal({ phoenix: first });
  });

  it("are not those that something else listens on", async () => {
    const one = checkout();
    const taken = await start(one);
    // A checkout whose search starts at the same place.
    rmSync(portsFile(one));
    const other = await start(one);
    taken.stop();
    other.stop();
    expect(new Set([...taken.ports, ...other.ports]).size).to.equal(32);
  });

  it("that something took in the meantime are reported, with the commands that help", async () => {
    const paths = checkout();
    const { ports, stop } = await start(paths);
    stop();
    const taken = ports[5] ?? 0;
    const server = createServer();
    await new Promise<void>((settle) => server.listen({ port: taken, host: "127.0.0.1" }, settle));
    const error = await start(paths).catch((thrown: unknown) => String(thrown));
    expect(error)
      .to.contain(`Port ${taken} on 127.0.0.1 is taken`)
      .and.to.contain(`ss -ltnp 'sport = :${taken}'`)
      .and.to.contain(`rm ${portsFile(paths)} && make live`);
    rmSync(portsFile(paths));
    const moved = await start(paths);
    moved.stop();
    server.close();
    expect(moved.ports).not.to.include(taken);
  });

  it("of a node from before they were stored are not guessed", async () => {
    const error = await portsOf(["phoenix"], checkout()).catch((thrown: unknown) => String(thrown));
    expect(error).to.contain("make live-down && make live");
  });
});
