// zizmor, an auditor of GitHub workflows: one program that PyPI carries in a package.
import { join } from "node:path";
import type { Report } from "../report.ts";
import { ensurePythonPackages, findPython } from "./python-packages.ts";

export const zizmorNeeds = "needs python3 with pip (Debian: apt-get install python3-pip)";

/** The program, fetched first where the cache lacks it; undefined where this machine has no pip. */
export async function ensureZizmor(
  report: Report,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const python = await findPython(env);
  if (python === undefined) return undefined;
  // The package names a version of Python, and holds none of it.
  const folder = await ensurePythonPackages("zizmor", python, report, env, ["--ignore-requires-python"]);
  return join(folder, "bin", "zizmor");
}
