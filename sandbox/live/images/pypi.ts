// PyPI packages as a layer. uv resolves for the Python of the image. pip evaluates markers for its own Python instead
// (docs/references.md#python-markers).
import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Layer } from "./recipe.ts";
import { run } from "./run.ts";
import { uv } from "./uv.ts";

/** Of Debian 12: what `base` brings. */
const python = { minor: "3.11", version: "3.11.2", platform: "x86_64-manylinux_2_36" } as const;

/** Where Debian's Python looks without being told, and where no Debian package puts anything. */
export const packagesFolder = `usr/local/lib/python${python.minor}/dist-packages`;

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

/** For uv: what runs in the image, not what runs here. */
export const forImage = ["--python-version", python.version, "--python-platform", python.platform];

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

/** The command of the Python in an unpacked image, through its own loader, so that it needs no chroot. */
export function pythonOf(root: string): readonly [string, ...string[]] {
  const libraries = join(root, "usr/lib/x86_64-linux-gnu");
  const loader = join(root, "usr/lib64/ld-linux-x86-64.so.2");
  return [loader, "--library-path", libraries, join(root, "usr/bin", `python${python.minor}`)];
}

export const pythonEnv = (root: string): Record<string, string> => ({
  PYTHONHOME: join(root, "usr"),
  PYTHONDONTWRITEBYTECODE: "1",
});

/**
 * A read-only root keeps no bytecode, and LiteLLM then starts in 16 s instead of 9. It is compiled by the Python
 * of the layers below. Its files contain no date and no path of this machine.
 */
export async function compile(layer: string, root: string): Promise<void> {
  const [program, ...args] = pythonOf(root);
  const compileall = ["-m", "compileall", "-q", "-q", "-j", "2", "--invalidation-mode", "unchecked-hash"];
  await run(
    program,
    [...args, ...compileall, "-s", layer, "-p", "/", layer],
    { env: { ...pythonEnv(root), PYTHONHASHSEED: "0" } },
    // Packages carry templates and tests for other Pythons that do not compile; nothing imports them.
  ).catch((error: unknown) => {
    if (!String(error).includes("exit code 1")) throw error;
  });
}
