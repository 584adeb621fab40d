// Addresses, names and files of the live node. Inside, everything is under one short path, because the path of a unix
// socket has at most 107 characters.
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { StatePaths } from "../paths.ts";

export const nodeName = "live";
export const clusterName = "llm-platform-live";

/** All in the node's own network namespace, so that two clones can use the same ports. */
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

/** The registry on the loopback inside, from which containerd pulls every image. */
export const registryAddress = "127.0.0.1:5000";

/** The state folder as the processes inside see it. */
export const inside = "/run/live";

/** Files of the state folder; `root` is `inside`, or the folder in the checkout as the outside sees it. */
export function liveFiles(root: string) {
  return {
    root,
    settings: join(root, "settings.json"),
    /** The running processes. Written when the namespaces exist. */
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

/** The settings that the supervisor gets at its start. */
export interface Settings {
  /** The state folder as the outside sees it. */
  readonly home: string;
  readonly cgroup: string;
  readonly programs: Readonly<Record<string, string>>;
  /** Folder of the CNI plugins. */
  readonly cniPlugins: string;
  /** Folders of programs that the node calls by name (runc, nft). */
  readonly path: string;
  /** The command for `nft`, with its libraries if it is an unpacked package. */
  readonly nft: string;
  readonly kubernetesVersion: string;
  /** OCI archives that are imported at the start. */
  readonly archives: readonly string[];
  /** Programs in addition to the node's own (the registry). */
  readonly extra: readonly Component[];
}

export interface LiveRecord {
  /** Process identities as the outside sees them: `unshare` (its death ends all), and the supervisor inside. */
  readonly unshare: string;
  readonly supervisor: string;
}

/** The Service behind a port of the machine's loopback. The table is keyed by port. */
export interface ExposedService {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
}

/** A message of the supervisor to the process that started it. */
export type SupervisorMessage =
  { readonly status: string } | { readonly failure: string } | { readonly ready: true };
