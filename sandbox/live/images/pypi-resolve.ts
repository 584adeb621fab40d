// Which packages of PyPI a recipe gets, for the Python in the image.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { forImage } from "./pypi.ts";
import { uv } from "./uv.ts";

/** Resolves `requirements.in` (with `overrides.txt` where there is one) into `requirements.lock.txt`. */
export async function refreshPypi(folder: string): Promise<void> {
  const overrides = join(folder, "overrides.txt");
  const lock = join(folder, "requirements.lock.txt");
  const replaced = existsSync(overrides) ? ["--override", overrides] : [];
  const style = ["--generate-hashes", "--no-header", "--no-annotate", "--quiet", "--only-binary", ":all:"];
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
