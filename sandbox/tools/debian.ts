// Debian packages without an installation. The machine's apt downloads them, and they are unpacked into the cache. This
// does not change the system and needs no root.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../paths.ts";

const run = promisify(execFile);

/** One line per package: 'URI' file size checksum. */
export function filesOf(printedUris: string): string[] {
  return [...printedUris.matchAll(/^'[^']*' (\S+) /gm)].map(([, file]) => file ?? "").toSorted();
}

/** Packages and their dependencies, without those that are installed on this machine. */
export async function missingPackages(packages: readonly string[]): Promise<string[]> {
  const options = ["-q", "-y", "--no-install-recommends", "-o", "Debug::NoLocking=true"];
  const { stdout } = await run("apt-get", ["--print-uris", ...options, "install", ...packages]).catch(
    (error: unknown) => {
      throw aptProblem(packages, error);
    },
  );
  return filesOf(stdout).map((file) => file.split("_")[0] ?? "");
}

function aptProblem(packages: readonly string[], error: unknown): Error {
  const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
  return new Error(
    `The Debian packages ${packages.join(", ")} could not be downloaded: ${stderr || String(error)}. ` +
      "If apt does not know them, refresh its lists: apt-get update",
  );
}

/** The library folders of unpacked packages, for LD_LIBRARY_PATH. */
export function libraryFolders(root: string): string[] {
  const machine = process.arch === "x64" ? "x86_64" : "aarch64";
  return [join("usr", "lib"), "lib"].map((folder) => join(root, folder, `${machine}-linux-gnu`));
}

/** The folder with the contents of the packages, as under `/`. */
export async function unpackDebian(
  packages: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const home = join(cacheFolder(env), "debian");
  await mkdir(home, { recursive: true });
  // As the current user, because apt's own user could not write into the folder.
  const apt = ["-q", "-o", "APT::Sandbox::User=", "download", ...packages];
  const { stdout } = await run("apt-get", ["--print-uris", ...apt], { cwd: home }).catch((error: unknown) => {
    throw aptProblem(packages, error);
  });
  // File names contain the versions, so a newer package gets a new folder.
  const files = filesOf(stdout);
  const key = createHash("sha256").update(files.join("\n")).digest("hex").slice(0, 16);
  const folder = join(home, `${packages[0] ?? "none"}-${key}`);
  if (existsSync(folder)) return folder;
  const unfinished = await mkdtemp(`${folder}.unfinished-`);
  try {
    const downloads = join(unfinished, "downloads");
    const root = join(unfinished, "root");
    await mkdir(downloads);
    await run("apt-get", apt, { cwd: downloads }).catch((error: unknown) => {
      throw aptProblem(packages, error);
    });
    for (const file of files) await run("dpkg", ["-x", join(downloads, file), root]);
    // Another process was faster and has the same result.
    await rename(root, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}
