// Programs from PyPI. This machine's pip downloads each of them once, at the versions and hashes of
// tools/<name>/requirements.lock.txt.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder, toolModules } from "../paths.ts";
import type { Report } from "../report.ts";

const run = promisify(execFile);

export interface Python {
  readonly version: readonly number[];
  /** Some packages are compiled for one version of Python and one kind of machine. */
  readonly tag: string;
}

/** This machine's Python, or undefined if there is none with pip. */
export async function findPython(env: NodeJS.ProcessEnv): Promise<Python | undefined> {
  const ask =
    "import json, sys, sysconfig; print(json.dumps([sys.version_info[:2], sysconfig.get_config_var('SOABI')]))";
  try {
    const { stdout } = await run("python3", ["-c", ask], { env });
    await run("python3", ["-m", "pip", "--version"], { env });
    const [version, tag] = JSON.parse(stdout) as [number[], string];
    return { version, tag };
  } catch {
    return undefined;
  }
}

/** The folder with the packages, for PYTHONPATH. Downloads them if the cache does not have them. */
export async function ensurePythonPackages(
  name: "nca" | "zizmor",
  python: Python,
  report: Report,
  env: NodeJS.ProcessEnv,
  pipOptions: readonly string[] = [],
): Promise<string> {
  const lock = join(toolModules, name, "requirements.lock.txt");
  const key = createHash("sha256")
    .update(python.tag)
    .update(await readFile(lock))
    .digest("hex")
    .slice(0, 16);
  const folder = join(cacheFolder(env), name, key);
  if (existsSync(folder)) return folder;
  const started = Date.now();
  report.status(`${name}: fetching it from PyPI, about 10 s`);
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = `${folder}.unfinished-${process.pid}`;
  const options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", ...pipOptions];
  try {
    const args = ["-m", "pip", "install", ...options, "--target", unfinished, "--requirement", lock];
    await run("python3", args, { env });
    // Another process was faster and has the same result.
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  report.line(`${name}: ready after ${Math.round((Date.now() - started) / 1000)} s`);
  return folder;
}
