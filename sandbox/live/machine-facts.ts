// Facts about this machine. Changes nothing.
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Mount points of all cgroup hierarchies, of version 1 and version 2. Next to version 1, version 2 has no controllers. */
export function cgroupHierarchies(mounts: string = readFileSync("/proc/self/mounts", "utf8")): string[] {
  const all = mounts.split("\n").map((line) => line.split(" "));
  const found = all.filter(([, , type = ""]) => ["cgroup", "cgroup2"].includes(type));
  // A hierarchy may be mounted twice.
  return [...new Set(found.map(([, folder = ""]) => folder))];
}

export function findProgram(name: string, path: string = process.env["PATH"] ?? ""): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
