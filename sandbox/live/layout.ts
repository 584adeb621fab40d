// What the live node is made of and where: addresses, names, files. Inside, everything lies under one short path
// (a unix socket's path has room for 107 characters), whatever the checkout is called.
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { StatePaths } from "../paths.ts";

export const nodeName = "live";
export const clusterName = "llm-platform-live";

/** All in a network namespace of the node's own: two clones may use the same ones. */
export const network = {
  node: "10.203.0.1",
  nodeWithMask: "10.203.0.1/24",
  bridge: "node0",
  pods: "10.244.0.0/24",
  services: "10.96.0.0/16",
  dns: "10.96.0.10",
  apiPort: 6443,
} as const;

export const clusterDomain = "cluster.local";

/** Where containerd pulls every image from: a registry on the loopback inside. */
export const registryAddress = "127.0.0.1:5000";

/** The state folder as the processes inside see it. */
export const inside = "/run/live";

/** Files of the state folder; `root` is `inside`, or the folder in the checkout as the outside sees it. */
export function liveFiles(root: string) {
  return {
    root,
    settings: join(root, "settings.json"),
    /** Who runs: written when the namespaces exist. */
    record: join(root, "record.json"),
    services: join(root, "services.json"),
    logs: join(root, "logs"),
    bin: join(root, "bin"),
    pki: join(root, "pki"),
    kubeconfigs: join(root, "kubeconfigs"),
    configuration: join(root, "configuration"),
    images: join(root, "images"),
    etcd: join(root, "etcd"),
    containerd: join(root, "containerd"),
    kubelet: join(root, "kubelet"),
    volumes: join(root, "volumes"),
  } as const;
}

export function liveHome(paths: StatePaths): string {
  return join(paths.root, "node");
}

/** The group of this clone in each cgroup hierarchy. */
export function cgroupName(paths: StatePaths): string {
  return `llm-platform-${createHash("sha256").update(paths.root).digest("hex").slice(0, 12)}`;
}

/** A program that the supervisor keeps running. */
export interface Component {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** What the outside tells the supervisor before it starts it. */
export interface Settings {
  /** The state folder as the outside sees it. */
  readonly home: string;
  readonly cgroup: string;
  readonly programs: Readonly<Record<string, string>>;
  /** Folder of the CNI plugins. */
  readonly cniPlugins: string;
  /** Folders of programs that the node calls by name (runc, nft). */
  readonly path: string;
  /** How to call `nft`: with its libraries, where it is an unpacked package. */
  readonly nft: string;
  readonly kubernetesVersion: string;
  /** OCI archives that are imported at the start. */
  readonly archives: readonly string[];
  /** What runs beside the node's own programs (the registry). */
  readonly extra: readonly Component[];
}

export interface LiveRecord {
  /** Process identities as the outside sees them: `unshare` (its death ends all), and the supervisor inside. */
  readonly unshare: string;
  readonly supervisor: string;
}

/** The Service that a port of the machine's loopback leads to; the table of them is keyed by port. */
export interface ExposedService {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
}

/** What the supervisor says to the one who started it. */
export type SupervisorMessage =
  { readonly status: string } | { readonly failure: string } | { readonly ready: true };
