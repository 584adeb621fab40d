// Connects ports of the host's loopback with what runs inside. The listening sockets were made outside and handed
// in: a socket stays in the network namespace in which it was created.
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

/** The API server, or the Service that the table has for a port of the machine's loopback. */
export type RelayTarget = "api" | number;

/** The table is read for each connection, so a change needs no restart. */
async function serviceAddress(port: number, api: Api): Promise<Address | undefined> {
  const text = await readFile(liveFiles(inside).services, "utf8");
  const exposed = (JSON.parse(text) as Partial<Record<number, ExposedService>>)[port];
  if (exposed === undefined) return undefined;
  const path = `/api/v1/namespaces/${exposed.namespace}/services/${exposed.service}`;
  const { spec } = await api.get<{ spec: { clusterIP: string } }>(path);
  return { host: spec.clusterIP, port: exposed.port };
}

function join(outer: Socket, { host, port }: Address): void {
  const inner = connect({ host, port });
  outer.pipe(inner).pipe(outer);
  // An error closes only this connection.
  for (const [one, other] of [
    [outer, inner],
    [inner, outer],
  ] as const) {
    one.on("error", () => other.destroy()).on("close", () => other.destroy());
  }
}

export function relay(server: Server, target: RelayTarget, api: Promise<Api>): void {
  server.on("connection", (outer) => {
    if (target === "api") {
      join(outer, { host: network.node, port: network.apiPort });
      return;
    }
    outer.on("error", () => outer.destroy());
    api
      .then((client) => serviceAddress(target, client))
      .then(
        (address) => {
          if (address === undefined) outer.destroy();
          else join(outer, address);
        },
        (error: unknown) => {
          console.error(`relay ${target}:`, error);
          outer.destroy();
        },
      );
  });
}
