// network-config-analyzer, an analyser of network policies that is a Python program: fetched by this machine's pip, at
// the versions and hashes of tools/nca/requirements.lock.txt, once a machine.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder, toolModules } from "../paths.ts";
import type { Report } from "../report.ts";

const run = promisify(execFile);
const lock = join(toolModules, "nca", "requirements.lock.txt");
/** Those that the compiled packages of the lock are published for. */
const minors = { oldest: 9, newest: 13 } as const;

export interface Nca {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export const ncaNeeds =
  `needs python3 to be Python 3.${minors.oldest} to 3.${minors.newest} with pip ` +
  "(Debian: apt-get install python3-pip)";

/** Why nca cannot run on this machine, in words; undefined where it can. */
export async function ncaProblem(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  try {
    const { version } = await python(env);
    await run("python3", ["-m", "pip", "--version"], { env });
    const [major, minor = 0] = version;
    const fits = major === 3 && minor >= minors.oldest && minor <= minors.newest;
    return fits ? undefined : `nca ${ncaNeeds}; this is Python ${version.join(".")}`;
  } catch {
    return `nca ${ncaNeeds}`;
  }
}

/** How to start nca; fetched first where the cache lacks it. */
export async function ensureNca(report: Report, env: NodeJS.ProcessEnv = process.env): Promise<Nca> {
  const problem = await ncaProblem(env);
  if (problem !== undefined) throw new Error(problem);
  const { tag } = await python(env);
  // Some of its packages are compiled for one version of Python and one kind of machine.
  const key = createHash("sha256")
    .update(tag)
    .update(await readFile(lock))
    .digest("hex")
    .slice(0, 16);
  const folder = join(cacheFolder(env), "nca", key);
  if (!existsSync(folder)) {
    const started = Date.now();
    report.status("nca: fetching it from PyPI, about 10 s");
    await fetchPackages(folder, env);
    report.line(`nca: ready after ${Math.round((Date.now() - started) / 1000)} s`);
  }
  // Nothing else that this Python has can get in between, and the cache stays as it was fetched.
  return {
    program: "python3",
    args: ["-s", "-m", "nca"],
    env: { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" },
  };
}

async function python(env: NodeJS.ProcessEnv): Promise<{ version: number[]; tag: string }> {
  const ask =
    "import json, sys, sysconfig; print(json.dumps([sys.version_info[:2], sysconfig.get_config_var('SOABI')]))";
  const { stdout } = await run("python3", ["-c", ask], { env });
  const [version, tag] = JSON.parse(stdout) as [number[], string];
  return { version, tag };
}

async function fetchPackages(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = `${folder}.unfinished-${process.pid}`;
  const options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--target", unfinished];
  try {
    await run("python3", ["-m", "pip", "install", ...options, "--requirement", lock], { env });
    // Another process that was faster made the same.
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
