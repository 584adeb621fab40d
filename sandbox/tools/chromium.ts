// Debian's Chromium, for the tests of web pages.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findProgram } from "../live/machine-facts.ts";
import type { Report } from "../report.ts";
import { libraryFolders, missingPackages, unpackDebian } from "./debian.ts";

export interface Chromium {
  readonly program: string;
  /** In addition to the caller's environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** The installed Chromium, or else the package with its missing dependencies, unpacked into the cache. */
export async function ensureChromium(
  report: Report,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Chromium> {
  const installed = findProgram("chromium", env["PATH"]);
  if (installed !== undefined) return { program: installed, env: {} };
  report.status("chromium: unpacking Debian's package");
  const root = await unpackDebian(await missingPackages(["chromium", "fonts-noto-color-emoji"]), env);
  // PulseAudio's library is in a separate folder, which libpulse finds by its absolute path.
  const libraries = libraryFolders(root).flatMap((folder) => [folder, join(folder, "pulseaudio")]);
  const fonts = join(root, "etc", "fonts", "fonts.conf");
  return {
    // Not /usr/bin/chromium, because that script starts the installed one.
    program: join(root, "usr", "lib", "chromium", "chromium"),
    env: {
      LD_LIBRARY_PATH: libraries.join(delimiter),
      // The packages include fonts, and their configuration if this machine has none.
      XDG_DATA_HOME: join(root, "usr", "share"),
      ...(existsSync(fonts) ? { FONTCONFIG_FILE: fonts } : {}),
    },
  };
}
