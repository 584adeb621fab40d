// Checks whether this machine can run a node. Reports everything that is missing, and changes nothing.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { cgroupHierarchies, findProgram } from "./machine-facts.ts";

const run = promisify(execFile);

const programs: Readonly<Record<string, string>> = {
  unshare: "util-linux",
  nsenter: "util-linux",
  mount: "mount",
  ip: "iproute2",
  tar: "tar",
  hostname: "hostname",
};

export const unshareArguments = [
  ..."--mount --net --pid --ipc --uts --fork --mount-proc --kill-child".split(" "),
  "--propagation",
  "private",
];

// Each line tests one capability in namespaces that end with the script.
const trial = `
attempt() { what=$1; shift; error=$("$@" 2>&1) || echo "$what ($error)"; }
attempt "a file system in memory (tmpfs)" mount -t tmpfs tmpfs /run
mkdir -p /run/1 /run/2 /run/3
attempt "layered file systems (overlay)" mount -t overlay -o lowerdir=/var/lib,upperdir=/run/1,workdir=/run/2 overlay /run/3
attempt "network bridges (kernel option BRIDGE)" ip link add trial0 type bridge
attempt "pairs of network interfaces (kernel option VETH)" ip link add trial1 type veth peer name trial2
`;

const nftTrial = `
table inet trial {
  chain nat { type nat hook prerouting priority 0; ct state established accept; }
  map verdicts { type ipv4_addr : verdict; }
}
`;

async function tryInNamespaces(program: string, args: readonly string[], input = ""): Promise<string> {
  const running = run("unshare", [...unshareArguments, program, ...args]);
  // A program that cannot start ends before it reads. Its exit code shows the reason, and the broken pipe is ignored.
  running.child.stdin?.on("error", () => undefined).end(input);
  return (await running).stdout;
}

const reason = (error: unknown): string =>
  error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);

export async function machineProblems(path: string = process.env["PATH"] ?? ""): Promise<string[]> {
  if (process.platform !== "linux") return [`a Linux kernel (this is ${process.platform})`];
  const problems: string[] = [];
  if (process.getuid?.() !== 0)
    problems.push("the rights of root (run it with sudo, or in a virtual machine)");
  for (const [program, debianPackage] of Object.entries(programs)) {
    if (findProgram(program, path) === undefined)
      problems.push(`the program ${program} (Debian: apt-get install ${debianPackage})`);
  }
  if (findProgram("nft", path) === undefined && findProgram("apt-get", path) === undefined)
    problems.push("the program nft of the package nftables, or apt-get to unpack it from Debian");
  if (cgroupHierarchies().length === 0) problems.push("mounted cgroups (/sys/fs/cgroup)");
  if (problems.length > 0) return problems;
  try {
    const stdout = await tryInNamespaces("sh", ["-c", trial]);
    return stdout.split("\n").filter((line) => line !== "");
  } catch (error) {
    return [`namespaces of its own (unshare: ${reason(error)})`];
  }
}

/** Kernel features for the node's network and the network policies. */
export async function nftProblems(nft: readonly string[]): Promise<string[]> {
  const [program = "nft", ...args] = nft;
  try {
    await tryInNamespaces(program, [...args, "--file", "-"], nftTrial);
    return [];
  } catch (error) {
    return [`nftables in the kernel (nft: ${reason(error)})`];
  }
}

export function refusal(problems: readonly string[]): Error {
  return new Error(
    [
      "This machine cannot carry a live node. It lacks:",
      ...problems.map((problem) => `  - ${problem}`),
      "Nothing was changed. The simulated sandbox does not need this: make up",
    ].join("\n"),
  );
}
