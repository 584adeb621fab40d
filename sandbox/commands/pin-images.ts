import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { imageReference, IMAGES } from "../../components/core/images.ts";
import { checkout } from "../paths.ts";
import { ensureTools } from "../tools/ensure.ts";
import type { Context } from "./context.ts";
import { exitCodes } from "./errors.ts";
import { type Resolution, resolveDigests, writeDigests } from "./image-digests.ts";

const TABLE = join(checkout, "components", "core", "images.ts");

/**
 * Writes the digest of every tag that a registry knows into `components/core/images.ts`. An image that cannot be resolved
 * stays as it is. The command then fails, so that a partial result is noticed.
 */
export async function pinImages({ report, environment }: Context): Promise<number> {
  const { crane } = await ensureTools(["crane"], report, environment);
  report.status(`asking registries for ${Object.keys(IMAGES).length} images`);
  const resolutions = await resolveDigests(IMAGES, crane, environment);
  const before = await readFile(TABLE, "utf8");
  const after = writeDigests(before, resolutions);
  if (after !== before) await replaceFile(TABLE, after);
  for (const resolution of resolutions) report.line(describe(resolution));
  const missing = resolutions.filter((resolution) => "reason" in resolution).length;
  const review =
    after === before
      ? "components/core/images.ts did not change"
      : "review the change of components/core/images.ts, then run `npm run test:golden -- --update`";
  process.stdout.write(
    `${resolutions.length - missing} of ${resolutions.length} images are resolved; ${review}\n`,
  );
  return missing === 0 ? exitCodes.done : exitCodes.failed;
}

/** The line of the report. */
export function describe(resolution: Resolution): string {
  const { name, image } = resolution;
  const tag = imageReference({ repository: image.repository, tag: image.tag });
  if ("reason" in resolution)
    return `${name}: ${tag} is not resolved and does not change: ${resolution.reason}`;
  if (image.digest === resolution.digest) return `${name}: ${tag} is ${resolution.digest}, as before`;
  if (image.digest === undefined) return `${name}: ${tag} is ${resolution.digest}`;
  return `${name}: ${tag} WAS ${image.digest} and is now ${resolution.digest}: the tag was moved`;
}

async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
