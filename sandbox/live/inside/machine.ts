// Makes the namespaces that `unshare` gave us a machine of their own: network, mounts, cgroups. What the host has
// stays as it is: everything here ends with the namespaces, except the cgroups, which stopLive removes.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { resolvConf, wrappers } from "../configuration.ts";
import { cgroupHierarchies } from "../machine-facts.ts";
import { inside, network } from "../layout.ts";

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
}

function mount(...args: readonly string[]): void {
  run("mount", ...args);
}

/** Programs of the node keep their sockets and locks in /run, and write below /var whatever they are told. */
function mountFolders(stateFolder: string): void {
  mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run");
  mkdirSync(inside);
  mount("--bind", stateFolder, inside);
  for (const folder of ["/var/lib", "/var/log"]) {
    const [upper, work] = ["upper", "work"].map((part) => join("/run/overlay", folder, part)) as [
      string,
      string,
    ];
    mkdirSync(upper, { recursive: true });
    mkdirSync(work, { recursive: true });
    mount("-t", "overlay", "-o", `lowerdir=${folder},upperdir=${upper},workdir=${work}`, "overlay", folder);
  }
}

// What the kubelet demands of a machine with `protectKernelDefaults`. These settings have no namespace: writing
// them would change the host, so the kubelet gets to see small files with the values that it wants.
const demandedSettings = {
  "vm/overcommit_memory": "1",
  "vm/panic_on_oom": "0",
  "kernel/panic": "10",
  "kernel/panic_on_oops": "1",
  "kernel/keys/root_maxkeys": "1000000",
  "kernel/keys/root_maxbytes": "25000000",
};

function maskSettings(): void {
  for (const [name, value] of Object.entries(demandedSettings)) {
    const mask = join("/run/settings", name);
    mkdirSync(dirname(mask), { recursive: true });
    writeFileSync(mask, `${value}\n`);
    mount("--bind", mask, join("/proc/sys", name));
  }
}

function makeNetwork(): void {
  const ip = (...args: readonly string[]): void => run("ip", ...args);
  ip("link", "set", "lo", "up");
  ip("link", "add", network.bridge, "type", "bridge");
  ip("address", "add", network.nodeWithMask, "dev", network.bridge);
  ip("link", "set", network.bridge, "up");
  // Programs look for the address of the default route; nothing answers there.
  ip("route", "add", "default", "dev", network.bridge);
  // Settings of this network namespace alone.
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
  writeFileSync("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
  writeFileSync("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
  writeFileSync(resolvConf, "# No name server outside the cluster.\n");
}

/** A group of our own in each hierarchy; the kubelet puts the pods below it. */
function makeCgroups(cgroup: string): void {
  for (const hierarchy of cgroupHierarchies()) {
    const group = join(hierarchy, cgroup);
    mkdirSync(group, { recursive: true });
    // A new group in cpuset has no processor and no memory, and takes no process until it has.
    if (hierarchy.endsWith("/cpuset")) {
      for (const file of ["cpuset.cpus", "cpuset.mems"]) {
        writeFileSync(join(group, file), readFileSync(join(hierarchy, file), "utf8").trim());
      }
    }
  }
}

export function makeMachine(stateFolder: string, cgroup: string): void {
  run("hostname", "live");
  mountFolders(stateFolder);
  mkdirSync(wrappers);
  maskSettings();
  makeNetwork();
  makeCgroups(cgroup);
}

/** A program of ours under the name by which others call it. */
export function makeWrapper(name: string, commandLine: string): void {
  const file = join(wrappers, name);
  writeFileSync(file, `#!/bin/sh\nexec ${commandLine} "$@"\n`);
  chmodSync(file, 0o755);
}
