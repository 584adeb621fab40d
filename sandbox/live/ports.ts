// Ports on the machine's loopback for services inside. A checkout reserves a block of ports and keeps it, because services
// compare the address in a browser with the configured one.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import type { Server } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import type { StatePaths } from "../paths.ts";

// Below the ports of the simulated sandbox (cluster/layout.ts), which may run at the same time.
const firstPort = 10_000;
const blockSize = 16;
const blocks = 600;

/** The block of a checkout. The first port is that of the API server. Each service has one of the others. */
interface Block {
  readonly firstPort: number;
  readonly names: readonly string[];
}

export interface LoopbackServer {
  readonly port: number;
  readonly server: Server;
}

/** Outside the node's folder, so that a restarted node has the same ports. */
export const portsFile = ({ root }: StatePaths): string => join(root, "ports.json");

export const loopbackUrl = (port: number): string => `http://127.0.0.1:${port}`;

async function readBlock(paths: StatePaths): Promise<Block | undefined> {
  const file = portsFile(paths);
  return existsSync(file) ? (JSON.parse(await readFile(file, "utf8")) as Block) : undefined;
}

const writeBlock = (paths: StatePaths, block: Block): Promise<void> =>
  writeFile(portsFile(paths), JSON.stringify(block));

/** The port of each name. A new name gets the next port of the block and keeps it. */
export async function portsOf(
  names: readonly string[],
  paths: StatePaths,
): Promise<Readonly<Record<string, number>>> {
  const block = await readBlock(paths);
  if (block === undefined)
    throw new Error(
      `The live node runs without ${portsFile(paths)}, which has its ports. ` +
        "To remove the node with its data and start again: make live-down && make live",
    );
  const known = [...new Set([...block.names, ...names])];
  if (known.length > blockSize - 1)
    throw new Error(`${known.length} services are too many: the live node has ${blockSize - 1} ports.`);
  if (known.length > block.names.length) await writeBlock(paths, { ...block, names: known });
  return Object.fromEntries(names.map((name) => [name, block.firstPort + 1 + known.indexOf(name)]));
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((settle) => {
    const server = createServer()
      .once("error", () => settle(undefined))
      .listen({ port, host: "127.0.0.1" }, () => settle(server));
  });
}

interface Listening {
  readonly servers: readonly LoopbackServer[];
  readonly taken?: number;
}

async function listenFrom(first: number): Promise<Listening> {
  const servers: LoopbackServer[] = [];
  for (let port = first; port < first + blockSize; port++) {
    const server = await listen(port);
    if (server === undefined) {
      for (const open of servers) open.server.close();
      return { servers: [], taken: port };
    }
    servers.push({ port, server });
  }
  return { servers };
}

/** Listening sockets of the whole block, the API server's first. */
export async function listenOnLoopback(
  paths: StatePaths,
): Promise<readonly [LoopbackServer, ...LoopbackServer[]]> {
  const block = await readBlock(paths);
  const found = block === undefined ? await takeBlock(paths) : await listenAgain(paths, block);
  const [api, ...others] = found;
  if (api === undefined) throw new Error("a block of no ports");
  return [api, ...others];
}

async function listenAgain(paths: StatePaths, block: Block): Promise<readonly LoopbackServer[]> {
  const { servers, taken } = await listenFrom(block.firstPort);
  if (taken === undefined) return servers;
  throw new Error(
    `Port ${taken} on 127.0.0.1 is taken, and the live node of this checkout uses it. ` +
      `To see which process listens there: ss -ltnp 'sport = :${taken}'. ` +
      `End it, or choose other ports: rm ${portsFile(paths)} && make live`,
  );
}

/** The search starts at an offset that depends on the checkout, so that two checkouts rarely try the same ports. */
async function takeBlock(paths: StatePaths): Promise<readonly LoopbackServer[]> {
  const start = createHash("sha256").update(paths.root).digest().readUInt32BE() % blocks;
  for (let attempt = 0; attempt < blocks; attempt++) {
    const first = firstPort + ((start + attempt) % blocks) * blockSize;
    const { servers, taken } = await listenFrom(first);
    if (taken !== undefined) continue;
    await writeBlock(paths, { firstPort: first, names: [] });
    return servers;
  }
  throw new Error(
    `No ${blockSize} free ports in a row on 127.0.0.1 from ${firstPort} to ${firstPort + blocks * blockSize - 1}: ` +
      "end what listens there (`ss -ltnp`) and run the command again.",
  );
}
