// Valkey 8.1 from Debian 13, above Debian 12: with its own C library and loader, in a folder of its own.
// Like the official image: uid 999, /data, 6379, entry point, PATH, and the names of the programs.
// What differs:
//   Debian's 8.1.1 with the security fixes of later releases, where the platform names a later 8.1;
//   protected mode is off by argument, as the images do, but no locale and no module is set up;
//   it never runs as root, and changes no owner of /data.
import { readFileSync } from "node:fs";
import { chmod, cp, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { base } from "../base/index.ts";
import { debian } from "../debian.ts";
import { files } from "../files.ts";
import type { Recipe } from "../recipe.ts";

const folder = import.meta.dirname;

export const redis: Recipe = {
  name: "redis",
  layers: [
    base,
    debian("Valkey from Debian 13", folder, {
      source: readFileSync(import.meta.filename, "utf8"),
      apply: keepPrograms,
    }),
    files("entry point", folder, [{ name: "valkey", uid: 999, home: "/data" }]),
  ],
  config: {
    uid: 999,
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    entrypoint: ["docker-entrypoint.sh"],
    command: ["valkey-server"],
    workingDir: "/data",
    ports: [6379],
    version: "8.1.1",
  },
};

/** The programs, and a launcher for each that works from any root. */
async function keepPrograms(root: string): Promise<void> {
  const bin = join(root, "usr/bin");
  const own = join(root, "usr/lib/valkey");
  await mkdir(own, { recursive: true });
  // A link to valkey-check-rdb, which is the server itself under another name.
  await rename(join(bin, "valkey-check-rdb"), join(own, "valkey-server"));
  await rename(join(bin, "valkey-cli"), join(own, "valkey-cli"));
  const libraries = join(root, "usr/lib/x86_64-linux-gnu");
  for (const name of await readdir(libraries))
    if (name.includes(".so.")) await cp(join(libraries, name), join(own, name), { verbatimSymlinks: true });
  for (const name of await readdir(root)) if (name !== "usr") await rm(join(root, name), { recursive: true });
  for (const name of await readdir(join(root, "usr")))
    if (name !== "lib") await rm(join(root, "usr", name), { recursive: true });
  for (const name of await readdir(join(root, "usr/lib")))
    if (name !== "valkey") await rm(join(root, "usr/lib", name), { recursive: true });
  await mkdir(bin);
  for (const program of ["valkey-server", "valkey-cli"]) {
    await writeFile(join(bin, program), launcher(program));
    await chmod(join(bin, program), 0o755);
  }
}

function launcher(program: string): string {
  return `#!/bin/sh
own="\${0%/bin/*}/lib/valkey"
exec "$own/ld-linux-x86-64.so.2" --argv0 ${program} --library-path "$own" "$own/${program}" "$@"
`;
}
