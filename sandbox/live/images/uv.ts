// uv, fetched once by this machine's pip at a pinned version.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "../../paths.ts";
import { run } from "./run.ts";

const uvLock = join(import.meta.dirname, "pypi", "uv.lock.txt");

/** Runs uv with the settings of this machine's pip. */
export async function uv(args: readonly string[]): Promise<string> {
  const index = process.env["PIP_INDEX_URL"] ?? (await pipSetting("global.index-url"));
  return run(await ensureUv(), [...args, "--no-config", "--no-progress"], {
    env: { UV_SYSTEM_CERTS: "true", ...(index === undefined ? {} : { UV_DEFAULT_INDEX: index }) },
  });
}

async function pipSetting(name: string): Promise<string | undefined> {
  const value = await run("python3", ["-m", "pip", "config", "get", name]).catch(() => "");
  return value.trim() === "" ? undefined : value.trim();
}

async function ensureUv(): Promise<string> {
  const key = createHash("sha256").update(readFileSync(uvLock)).digest("hex").slice(0, 16);
  const folder = join(cacheFolder(), "uv", key);
  const program = join(folder, "bin", "uv");
  if (existsSync(program)) return program;
  const unfinished = `${folder}.unfinished-${process.pid}`;
  const options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--target", unfinished];
  await run("python3", ["-m", "pip", "install", ...options, "--requirement", uvLock]).catch(
    (error: unknown) => {
      throw new Error(
        `Images of Python programs need python3 with pip, to fetch uv: ${String(error)}\n` +
          "On Debian: apt-get install python3-pip",
      );
    },
  );
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
  return program;
}
