// What the cluster is made of and where: names, files, ports.
import { createServer } from "node:net";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { StatePaths } from "../paths.ts";

export const clusterName = "llm-platform-sandbox";

/** In the order in which they are started; names as kwokctl gives them. */
export const componentNames = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok-controller",
] as const;
export type ComponentName = (typeof componentNames)[number];

export interface ClusterFiles {
  /** kwokctl's KWOK_WORKDIR: without it, kwokctl would use and read ~/.kwok. */
  readonly workdir: string;
  readonly configuration: string;
  /** What the running components were started with. */
  readonly record: string;
  readonly home: string;
  readonly kwokctlState: string;
  readonly bin: string;
  readonly pids: string;
  readonly logs: string;
  readonly pki: string;
}

export function clusterFiles(paths: StatePaths): ClusterFiles {
  const home = join(paths.cluster, "clusters", clusterName);
  return {
    workdir: paths.cluster,
    configuration: join(paths.cluster, "configuration.yaml"),
    record: join(paths.cluster, "record.json"),
    home,
    kwokctlState: join(home, "kwok.yaml"),
    bin: join(home, "bin"),
    pids: join(home, "pids"),
    logs: join(home, "logs"),
    pki: join(home, "pki"),
  };
}

export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly "kube-apiserver": number;
  readonly "kube-controller-manager": number;
  readonly "kube-scheduler": number;
}

// Below the ports that systems give to outgoing connections (32768 and up) and below node ports (30000 and up).
const firstPort = 20_000;
const blockSize = 5;
const blocks = 1_920;

function portsOfBlock(block: number): Ports {
  const first = firstPort + (block % blocks) * blockSize;
  return {
    etcd: first,
    etcdPeer: first + 1,
    "kube-apiserver": first + 2,
    "kube-controller-manager": first + 3,
    "kube-scheduler": first + 4,
  };
}

/** The block that a state folder tries first. Clones that start at the same moment begin at different ones. */
function firstBlock(stateFolder: string): number {
  return createHash("sha256").update(stateFolder).digest().readUInt32BE() % blocks;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const server = createServer()
      .once("error", () => settle(false))
      .listen({ port, host: "127.0.0.1" }, () => server.close(() => settle(true)));
  });
}

export async function areFree(ports: Ports): Promise<boolean> {
  for (const port of Object.values(ports) as number[]) {
    if (!(await isFree(port))) return false;
  }
  return true;
}

export async function findPorts(stateFolder: string, after: Ports | undefined): Promise<Ports> {
  const start =
    after === undefined ? firstBlock(stateFolder) : Math.floor((after.etcd - firstPort) / blockSize) + 1;
  for (let block = start; block < start + blocks; block++) {
    const ports = portsOfBlock(block);
    if (await areFree(ports)) return ports;
  }
  throw new Error(
    `No ${blockSize} free ports in a row on 127.0.0.1 from ${firstPort} to ${firstPort + blocks * blockSize - 1}: ` +
      "end what listens there (`ss -ltnp`) and run the command again.",
  );
}
