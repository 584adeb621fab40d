// Connects ports of the host's loopback with what runs inside. The listening sockets were made outside and handed
// in: a socket stays in the network that it was made in, whoever accepts its connections.
import { readFile } from "node:fs/promises";
import type { Server, Socket } from "node:net";
import { connect } from "node:net";
import { inside, liveFiles, network } from "../layout.ts";
import type { ExposedService } from "../layout.ts";
import type { Api } from "./api.ts";

interface Address {
  readonly host: string;
  readonly port: number;
}

/** The n-th port leads to the n-th Service of the table; the table is read anew for each connection. */
async function serviceAddress(index: number, api: Api): Promise<Address | undefined> {
  const table = JSON.parse(await readFile(liveFiles(inside).services, "utf8")) as ExposedService[];
  const exposed = table[index];
  if (exposed === undefined) return undefined;
  const path = `/api/v1/namespaces/${exposed.namespace}/services/${exposed.service}`;
  const { spec } = await api.get<{ spec: { clusterIP: string } }>(path);
  return { host: spec.clusterIP, port: exposed.port };
}

function join(outer: Socket, { host, port }: Address): void {
  const inner = connect({ host, port });
  outer.pipe(inner).pipe(outer);
  // Errors are part of the traffic: the other end must see the connection end, and nobody else.
  for (const [one, other] of [
    [outer, inner],
    [inner, outer],
  ] as const) {
    one.on("error", () => other.destroy()).on("close", () => other.destroy());
  }
}

/** `index` 0 is the API server's; the others belong to exposed Services. */
export function relay(server: Server, index: number, api: Promise<Api>): void {
  server.on("connection", (outer) => {
    if (index === 0) {
      join(outer, { host: network.node, port: network.apiPort });
      return;
    }
    outer.on("error", () => outer.destroy());
    api
      .then((client) => serviceAddress(index - 1, client))
      .then(
        (address) => {
          if (address === undefined) outer.destroy();
          else join(outer, address);
        },
        (error: unknown) => {
          console.error(`relay ${index}:`, error);
          outer.destroy();
        },
      );
  });
}
