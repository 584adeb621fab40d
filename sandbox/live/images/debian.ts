// Debian packages as a layer: apt fetches what the lock file pins, dpkg-deb unpacks. No maintainer script runs and
// nothing of the system changes.
// mmdebstrap does the same without pins for each package; with them, nothing is left that it would do for us.
import { readFileSync } from "node:fs";
import { mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { refreshCommand } from "./advice.ts";
import type { Layer } from "./recipe.ts";
import { run } from "./run.ts";

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** `Debian` or `Debian-Security`: the label of the archive. */
  readonly archive: string;
  /** Inside the archive. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

const packageFields = {
  name: "string",
  version: "string",
  archive: "string",
  file: "string",
  bytes: "number",
  sha256: "string",
};

export function parseDebianLock(file: string, text: string): DebianPackage[] {
  const wrong = (why: string): Error => new Error(`${file}: ${why}. To write it again: ${refreshCommand}`);
  let lock: unknown;
  try {
    lock = JSON.parse(text);
  } catch (error) {
    throw wrong(`is not JSON (${String(error)})`);
  }
  if (!Array.isArray(lock)) throw wrong("is not a list of packages");
  return lock.map((entry: unknown, index) => {
    const found = entry as Record<string, unknown> | null;
    const missing = Object.entries(packageFields)
      .filter(([name, type]) => typeof found?.[name] !== type)
      .map(([name]) => name);
    if (missing.length > 0) throw wrong(`package ${index + 1} has no ${missing.join(", ")}`);
    return entry as DebianPackage;
  });
}

export function readDebianLock(folder: string): DebianPackage[] {
  const file = join(folder, "debian.lock.json");
  return parseDebianLock(file, readFileSync(file, "utf8"));
}

/** Since Debian 12 the top folders are links; packages still carry files under both names. */
export const mergedFolders = ["bin", "lib", "lib64", "sbin"] as const;

const withoutDocumentation = ["doc", "man", "locale", "info", "lintian", "bug", "doc-base"].flatMap(
  (name) => [`--exclude=./usr/share/${name}/*`],
);

/** The packages of `debian.lock.json` in a recipe's folder, and what `finish` does to them. */
export function debian(
  title: string,
  folder: string,
  finish?: { readonly source: string; readonly apply: (root: string) => Promise<void> },
): Layer {
  const packages = readDebianLock(folder);
  return {
    title,
    inputs: [readFileSync(import.meta.filename, "utf8"), JSON.stringify(packages), finish?.source ?? ""],
    expectedSeconds: 15,
    fill: async (context) => {
      for (const name of mergedFolders) {
        await mkdir(join(context.folder, "usr", name), { recursive: true });
        await symlink(`usr/${name}`, join(context.folder, name));
      }
      const downloads = await fetchPackages(packages, context.downloads);
      for (const file of downloads) await unpack(file, context.folder);
      await finish?.apply(context.folder);
    },
  };
}

async function unpack(file: string, folder: string): Promise<void> {
  const tar = `${file}.tar`;
  await run("sh", ["-c", 'dpkg-deb --fsys-tarfile "$1" > "$2"', "sh", file, tar]);
  const args = [
    "--extract",
    "--file",
    tar,
    "--directory",
    folder,
    "--keep-directory-symlink",
    "--no-same-owner",
  ];
  await run("tar", [...args, "--same-permissions", ...withoutDocumentation]);
  await rm(tar);
}

/** The archives that this machine's apt is set up for: label to address. */
export function parseArchives(printed: string): Map<string, string> {
  return new Map(
    printed
      .split("\n")
      .filter((line) => line.includes("\t"))
      .map((line) => line.split("\t") as [string, string]),
  );
}

export async function archives(): Promise<Map<string, string>> {
  const format = ["indextargets", "--format", "$(LABEL)\t$(REPO_URI)", "Created-By: Packages"];
  const printed = await run("apt-get", format).catch((error: unknown) => {
    throw new Error(`Images are made of Debian packages, and apt does not answer: ${String(error)}`);
  });
  return parseArchives(printed);
}

/** Where to fetch each package, or everything that cannot be fetched, at once. */
export function packageAddresses(
  packages: readonly DebianPackage[],
  known: ReadonlyMap<string, string>,
): { readonly address: string; readonly sha256: string; readonly name: string }[] {
  const missing = [
    ...new Set(packages.map(({ archive }) => archive).filter((archive) => !known.has(archive))),
  ];
  if (missing.length > 0) {
    throw new Error(
      `apt of this machine has no sources labelled ${missing.join(", ")}, where the pinned packages come from. ` +
        "Add Debian 12 (bookworm, bookworm-security) to its sources, then: apt-get update",
    );
  }
  return packages.map(({ name, archive, file, sha256 }) => ({
    name,
    sha256,
    address: `${archiveAddress(archive, known)}/${file}`,
  }));
}

/** The address of an archive by its label, without a slash at the end. */
export function archiveAddress(archive: string, known: ReadonlyMap<string, string>): string {
  return (known.get(archive) ?? "").replace(/\/$/, "");
}

async function fetchPackages(packages: readonly DebianPackage[], downloads: string): Promise<string[]> {
  const wanted = packageAddresses(packages, await archives());
  const target = (name: string): string => join(downloads, `${name}.deb`);
  // apt checks each file against its hash, and takes nothing else.
  const args = wanted.flatMap(({ name, address, sha256 }) => [address, target(name), `SHA256:${sha256}`]);
  await run("/usr/lib/apt/apt-helper", ["-o", "APT::Sandbox::User=", "download-file", ...args]);
  return wanted.map(({ name }) => target(name));
}
