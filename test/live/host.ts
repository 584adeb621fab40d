// What a live node could leave on the machine.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cgroupName } from "../../sandbox/live/layout.ts";
import { cgroupHierarchies } from "../../sandbox/live/machine-facts.ts";
import type { StatePaths } from "../../sandbox/paths.ts";

/** Settings of the whole machine that a kubelet or kube-proxy would write, were they allowed to. */
const hostSettings = [
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "net/ipv4/ip_forward",
  "net/ipv4/conf/all/route_localnet",
  "net/netfilter/nf_conntrack_max",
].filter((name) => existsSync(join("/proc/sys", name)));

/** What a node could leave on the host. */
export function hostState(): Record<string, unknown> {
  return {
    settings: hostSettings.map((name) => readFileSync(join("/proc/sys", name), "utf8")),
    interfaces: readdirSync("/sys/class/net").toSorted(),
    mounts: readFileSync("/proc/self/mounts", "utf8"),
    folders: [
      "/var/lib/kubelet",
      "/var/lib/cni",
      "/var/lib/containerd",
      "/var/log/pods",
      "/run/containerd",
    ].map(existsSync),
  };
}

export const processesOf = (folder: string): string[] =>
  execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(folder));

export const groupsOf = (paths: StatePaths): string[] =>
  cgroupHierarchies().map((hierarchy) => join(hierarchy, cgroupName(paths)));
