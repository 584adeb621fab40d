// Ports on the host's loopback for what runs inside. A clone begins at a place of its own, so that its URLs stay the
// same from start to start.
import { createHash } from "node:crypto";
import type { Server } from "node:net";
import { createServer } from "node:net";

// Below the ports of the simulated sandbox (cluster/layout.ts), which may run at the same time.
const firstPort = 10_000;
const blockSize = 16;
const blocks = 600;

export interface LoopbackServer {
  readonly port: number;
  readonly server: Server;
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((settle) => {
    const server = createServer()
      .once("error", () => settle(undefined))
      .listen({ port, host: "127.0.0.1" }, () => settle(server));
  });
}

/** A whole block of listening sockets. */
export async function listenOnLoopback(stateFolder: string): Promise<LoopbackServer[]> {
  const start = createHash("sha256").update(stateFolder).digest().readUInt32BE() % blocks;
  for (let attempt = 0; attempt < blocks; attempt++) {
    const first = firstPort + ((start + attempt) % blocks) * blockSize;
    const found: LoopbackServer[] = [];
    for (let port = first; port < first + blockSize; port++) {
      const server = await listen(port);
      if (server === undefined) break;
      found.push({ port, server });
    }
    if (found.length === blockSize) return found;
    for (const { server } of found) server.close();
  }
  throw new Error(
    `No ${blockSize} free ports in a row on 127.0.0.1 from ${firstPort} to ${firstPort + blocks * blockSize - 1}: ` +
      "end what listens there (`ss -ltnp`) and run the command again.",
  );
}
