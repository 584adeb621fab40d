// Sets up network, mounts and cgroups in the namespaces of `unshare`. The host does not change. Everything here ends with
// the namespaces, except the cgroups, which stopLive removes.
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

/** Programs of the node have their sockets and locks in /run, and always write below /var. */
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

// The values that the kubelet requires with `protectKernelDefaults`. These settings have no namespace, and writing them
// would change the host. The kubelet sees small files with the required values instead.
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
  // Programs look up the address of the default route. Nothing answers there.
  ip("route", "add", "default", "dev", network.bridge);
  // Settings of this network namespace only.
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
    // A new group in cpuset has no processor and no memory. It accepts processes only after both are set.
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

/** A program under the name by which others call it. */
export function makeWrapper(name: string, commandLine: string): void {
  const file = join(wrappers, name);
  writeFileSync(file, `#!/bin/sh\nexec ${commandLine} "$@"\n`);
  chmodSync(file, 0o755);
}
