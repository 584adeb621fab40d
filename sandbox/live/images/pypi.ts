// Packages of PyPI as a layer. uv resolves for the Python in the image, not for the one of this machine: pip evaluates
// markers with its own micro version, and left out a package that Debian's 3.11.2 needs (live-apps.md, trap 3).
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { cacheFolder } from "../../paths.ts";
import type { Layer } from "./recipe.ts";
import { run } from "./run.ts";

/** Of Debian 12: what `base` brings. */
export const python = { minor: "3.11", version: "3.11.2", platform: "x86_64-manylinux_2_36" } as const;

/** Where Debian's Python looks without being told, and where no Debian package puts anything. */
const packagesFolder = `usr/local/lib/python${python.minor}/dist-packages`;

const uvLock = join(import.meta.dirname, "pypi", "uv.lock.txt");

/** The packages of `requirements.lock.txt` in a recipe's folder, with bytecode. */
export function pypi(title: string, folder: string, expectedSeconds: number): Layer {
  const lock = join(folder, "requirements.lock.txt");
  return {
    title,
    inputs: [readFileSync(import.meta.filename, "utf8"), readFileSync(lock, "utf8")],
    expectedSeconds,
    fill: async (context) => {
      const target = join(context.folder, packagesFolder);
      const packages = ["--requirements", lock, "--no-deps", "--require-hashes", "--only-binary", ":all:"];
      // A python that runs is asked for by uv, whatever its version: the target's is said.
      await uv(["pip", "install", ...forImage, ...packages, "--target", target, "--link-mode", "copy"]);
      await removeScripts(target);
      await compile(context.folder, await context.root());
    },
  };
}

const forImage = ["--python-version", python.version, "--python-platform", python.platform];

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

/** Launchers name the Python of this machine; the recipes bring their own. */
async function removeScripts(target: string): Promise<void> {
  await rm(join(target, "bin"), { recursive: true, force: true });
  await rm(join(target, ".lock"), { force: true });
  for (const entry of await readdir(target)) {
    const record = join(target, entry, "RECORD");
    if (!entry.endsWith(".dist-info") || !existsSync(record)) continue;
    const lines = (await readFile(record, "utf8")).split("\n");
    await writeFile(record, lines.filter((line) => !/^(\.\.\/)*bin\//.test(line)).join("\n"));
  }
}

/**
 * A read-only root keeps no bytecode, and LiteLLM then starts in 16 s instead of 9. Compiled by the Python of the
 * layers below, through its own loader, so nothing needs a chroot. Its files carry no date and no path of this machine.
 */
async function compile(layer: string, root: string): Promise<void> {
  const libraries = join(root, "usr/lib/x86_64-linux-gnu");
  const program = [join(root, "usr/lib64/ld-linux-x86-64.so.2"), "--library-path", libraries];
  const compileall = ["-m", "compileall", "-q", "-q", "-j", "2", "--invalidation-mode", "unchecked-hash"];
  await run(
    program[0] ?? "",
    [
      ...program.slice(1),
      join(root, "usr/bin", `python${python.minor}`),
      ...compileall,
      "-s",
      layer,
      "-p",
      "/",
      layer,
    ],
    { env: { PYTHONHOME: join(root, "usr"), PYTHONHASHSEED: "0", PYTHONDONTWRITEBYTECODE: "1" } },
    // Packages carry templates and tests for other Pythons that do not compile; nothing imports them.
  ).catch((error: unknown) => {
    if (!String(error).includes("exit code 1")) throw error;
  });
}

/** Resolves `requirements.in` (with `overrides.txt` where there is one) into `requirements.lock.txt`. */
export async function refreshPypi(folder: string): Promise<void> {
  const overrides = join(folder, "overrides.txt");
  const lock = join(folder, "requirements.lock.txt");
  const replaced = existsSync(overrides) ? ["--override", overrides] : [];
  const style = ["--generate-hashes", "--no-header", "--no-annotate", "--quiet", "--only-binary", ":all:"];
  await mkdir(folder, { recursive: true });
  await uv([
    "pip",
    "compile",
    ...forImage,
    ...style,
    ...replaced,
    "--upgrade",
    "--output-file",
    lock,
    join(folder, "requirements.in"),
  ]);
}
