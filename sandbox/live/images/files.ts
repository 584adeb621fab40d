// A layer of files that the recipe brings: entry points and users.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, cp, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Layer } from "./recipe.ts";

/** A user with a group of the same name and id. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
}

const root: User = { name: "root", uid: 0, home: "/root" };
const nobody: User = { name: "nobody", uid: 65534, home: "/nonexistent" };

/** Programs look their user up (initdb refuses an unknown one), and a pod's user id alone has no entry. */
export function userFiles(users: readonly User[]): Record<string, string> {
  const all = [root, nobody, ...users.filter(({ uid }) => uid !== nobody.uid)];
  const lines = (line: (user: User) => string): string => all.map((user) => `${line(user)}\n`).join("");
  return {
    "etc/passwd": lines(({ name, uid, home }) => `${name}:x:${uid}:${uid}:${name}:${home}:/bin/sh`),
    "etc/group": lines(({ name, uid }) => `${name}:x:${uid}:`),
  };
}

/** The tree `rootfs/` beside a recipe, where it has one, and the users with their homes. Everything is readable by all; programs are those in bin folders. */
export function files(title: string, folder: string, users: readonly User[]): Layer {
  const source = join(folder, "rootfs");
  const brings = existsSync(source);
  const paths = (brings ? readdirSync(source, { recursive: true, withFileTypes: true }) : [])
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  return {
    title,
    inputs: [
      readFileSync(import.meta.filename, "utf8"),
      JSON.stringify(users),
      ...paths.flatMap((path) => [path.slice(source.length), readFileSync(path, "utf8")]),
    ],
    expectedSeconds: 1,
    fill: async (context) => {
      if (brings) await cp(source, context.folder, { recursive: true });
      for (const [path, text] of Object.entries(userFiles(users))) {
        await mkdir(join(context.folder, path, ".."), { recursive: true });
        await writeFile(join(context.folder, path), text);
      }
      for (const { home } of users) await mkdir(join(context.folder, home), { recursive: true });
      await setModes(context.folder);
    },
  };
}

/** A checkout keeps no modes but the owner's execute bit, and a umask may have taken what pods need. */
async function setModes(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const executable = entry.isDirectory() || ((await stat(path)).mode & 0o100) !== 0;
    await chmod(path, executable ? 0o755 : 0o644);
  }
}
