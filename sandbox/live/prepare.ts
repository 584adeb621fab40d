// Prepares the state folder before the node starts: folders, base images, and the supervisor's settings.
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { StatePaths } from "../paths.ts";
import type { Report } from "../report.ts";
import { ensureTools } from "../tools/ensure.ts";
import { writeArchive } from "./base-images.ts";
import { corednsImage, pauseImage } from "./configuration.ts";
import { cgroupName, type Component, liveFiles, liveHome, type Settings } from "./layout.ts";

const tools = ["kubernetes", "kwok", "containerd", "runc", "cni", "coredns", "pod-probe"] as const;

export interface NodeContents {
  /** Programs inside in addition to the node's own. */
  readonly extra?: readonly Component[];
  /** More OCI archives to import at the start. */
  readonly archives?: readonly string[];
}

export async function prepare(
  report: Report,
  paths: StatePaths,
  nft: readonly string[],
  { extra = [], archives = [] }: NodeContents,
): Promise<Settings> {
  const programs = await ensureTools(tools, report);
  const home = liveHome(paths);
  const files = liveFiles(home);
  // The folder contains keys.
  await mkdir(home, { recursive: true, mode: 0o700 });
  const folders = ["logs", "bin", "images", "etcd", "containerd", "kubelet", "volumes"] as const;
  // Non-root users write to volumes.
  for (const folder of folders) await mkdir(files[folder], { mode: folder === "etcd" ? 0o700 : 0o755 });
  const images = [
    { reference: pauseImage, programs: [programs.podProbe], entrypoint: ["/bin/pod-probe", "pause"] },
    { reference: corednsImage, programs: [programs.coredns], entrypoint: ["/bin/coredns"] },
  ];
  const own: string[] = [];
  for (const image of images) {
    const archive = join(files.images, `${own.length}.tar`);
    await writeArchive(image, archive);
    own.push(archive);
  }
  const settings: Settings = {
    home,
    cgroup: cgroupName(paths),
    programs,
    cniPlugins: dirname(programs.cniPtp),
    path: [programs.kubectl, programs.containerd, programs.runc].map((file) => dirname(file)).join(delimiter),
    nft: nft.join(" "),
    kubernetesVersion: await kubernetesVersion(programs.kubectl),
    archives: [...own, ...archives],
    extra,
  };
  await writeFile(files.settings, JSON.stringify(settings));
  await writeFile(files.services, "{}");
  return settings;
}

async function kubernetesVersion(kubectl: string): Promise<string> {
  const { stdout } = await promisify(execFile)(kubectl, ["version", "--client", "-o", "json"]);
  return (JSON.parse(stdout) as { clientVersion: { gitVersion: string } }).clientVersion.gitVersion;
}
