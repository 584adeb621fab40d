// Debian's Chromium, for the tests of the pages that people open.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findProgram } from "../live/machine-facts.ts";
import type { Report } from "../report.ts";
import { libraryFolders, missingPackages, unpackDebian } from "./debian.ts";

export interface Chromium {
  readonly program: string;
  /** In addition to the environment of the caller. */
  readonly env: Readonly<Record<string, string>>;
}

/** The installed one; else the package and what it needs and this machine lacks, unpacked into the cache. */
export async function ensureChromium(
  report: Report,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Chromium> {
  const installed = findProgram("chromium", env["PATH"]);
  if (installed !== undefined) return { program: installed, env: {} };
  report.status("chromium: unpacking Debian's package");
  const root = await unpackDebian(await missingPackages(["chromium", "fonts-noto-color-emoji"]), env);
  // PulseAudio's own library lies in a folder of its own, which libpulse knows by its absolute path.
  const libraries = libraryFolders(root).flatMap((folder) => [folder, join(folder, "pulseaudio")]);
  const fonts = join(root, "etc", "fonts", "fonts.conf");
  return {
    // Not /usr/bin/chromium: that script starts what is installed.
    program: join(root, "usr", "lib", "chromium", "chromium"),
    env: {
      LD_LIBRARY_PATH: libraries.join(delimiter),
      // Fonts, and on a machine without any their configuration, are among the packages.
      XDG_DATA_HOME: join(root, "usr", "share"),
      ...(existsSync(fonts) ? { FONTCONFIG_FILE: fonts } : {}),
    },
  };
}
