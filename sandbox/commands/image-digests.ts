// Asks registries for digests and writes them into the table of images, for `make pin-images`.
import { lastLines } from "../redact/output.ts";
import type { Image } from "../../components/core/images.ts";
import { capture } from "./run.ts";

/** The answer of a registry about an image, or why there is no answer. */
export type Resolution =
  | { readonly name: string; readonly image: Image; readonly digest: string }
  | { readonly name: string; readonly image: Image; readonly reason: string };

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Asks crane for the digest of every tag, in parallel. Known digests are looked up again. */
export async function resolveDigests(
  images: Readonly<Record<string, Image>>,
  crane: string,
  env: NodeJS.ProcessEnv,
): Promise<Resolution[]> {
  return await Promise.all(
    Object.entries(images).map(async ([name, image]): Promise<Resolution> => {
      const { code, stdout, stderr } = await capture(crane, ["digest", `${image.repository}:${image.tag}`], {
        env,
      });
      const digest = stdout.trim();
      // Accept only a digest; crane may print other text.
      if (code === 0 && DIGEST.test(digest)) return { name, image, digest };
      return {
        name,
        image,
        reason: lastLines(stderr, 1)[0] || `crane exited with ${code} and printed "${digest}"`,
      };
    }),
  );
}

/**
 * The source of `components/core/images.ts` with digests. Everything else stays the same, byte by byte.
 * @throws Error if an image in the table is not the one that was resolved. Nothing is written then.
 */
export function writeDigests(source: string, resolutions: readonly Resolution[]): string {
  return resolutions.reduce((text, resolution) => {
    if (!("digest" in resolution)) return text;
    const { name, image, digest } = resolution;
    const entry = new RegExp(String.raw`(?<=\n  ${name}: )\{[^{}]*\}(?=,\n)`);
    const found = entry.exec(text)?.[0];
    if (
      found === undefined ||
      valueOf(found, "repository") !== image.repository ||
      valueOf(found, "tag") !== image.tag
    ) {
      throw new Error(`no entry "${name}" with ${image.repository}:${image.tag} in the table of images`);
    }
    if (valueOf(found, "digest") === digest) return text;
    const fields = { repository: image.repository, tag: image.tag, digest };
    const lines = Object.entries(fields).map(([key, value]) => `    ${key}: ${JSON.stringify(value)},\n`);
    return text.replace(entry, () => `{\n${lines.join("")}  }`);
  }, source);
}

function valueOf(entry: string, key: string): string | undefined {
  return new RegExp(String.raw`\b${key}: "([^"]*)"`).exec(entry)?.[1];
}
