// Redis from Debian. Serves in the place of Valkey too, which began as its copy: both names of the programs are there.
// Like the official images: uid 999, /data, 6379, entry point and PATH.
// What differs:
//   7.0.15: no functions of Redis 7.2+ or Valkey 8+ (LiteLLM and Open WebUI need 7);
//   protected mode is off by argument, as the images do, but no locale and no module is set up;
//   it never runs as root, and changes no owner of /data.
import { readFileSync } from "node:fs";
import { readdir, rename, rm, symlink } from "node:fs/promises";
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
    debian("Redis from Debian", folder, {
      source: readFileSync(import.meta.filename, "utf8"),
      apply: keepPrograms,
    }),
    files("entry point", folder, [{ name: "redis", uid: 999, home: "/data" }]),
  ],
  config: {
    uid: 999,
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    entrypoint: ["docker-entrypoint.sh"],
    command: ["redis-server"],
    workingDir: "/data",
    ports: [6379],
    version: "7.0.15",
  },
};

/** Debian's package brings units for an init system and a configuration for one machine; an image has neither. */
async function keepPrograms(root: string): Promise<void> {
  for (const path of ["etc", "usr/lib/systemd", "usr/lib/tmpfiles.d", "usr/share", "var"])
    await rm(join(root, path), { recursive: true, force: true });
  const bin = join(root, "usr/bin");
  // A link to redis-check-rdb, which is the server itself under another name.
  await rename(join(bin, "redis-check-rdb"), join(bin, "redis-server"));
  const kept = ["redis-cli", "redis-server"];
  for (const program of await readdir(bin)) if (!kept.includes(program)) await rm(join(bin, program));
  for (const program of kept) await symlink(program, join(bin, program.replace("redis", "valkey")));
}
