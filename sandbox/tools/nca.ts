// network-config-analyzer analyses network policies. It is a Python program.
import type { Report } from "../report.ts";
import { ensurePythonPackages, findPython } from "./python-packages.ts";

/** The Python versions for which the packages of the lock file are published. */
const minors = { oldest: 9, newest: 13 } as const;

export interface Nca {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export const ncaNeeds =
  `needs python3 to be Python 3.${minors.oldest} to 3.${minors.newest} with pip ` +
  "(Debian: apt-get install python3-pip)";

/** Why nca cannot run on this machine, or undefined if it can. */
export async function ncaProblem(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const python = await findPython(env);
  if (python === undefined) return `nca ${ncaNeeds}`;
  const [major, minor = 0] = python.version;
  const fits = major === 3 && minor >= minors.oldest && minor <= minors.newest;
  return fits ? undefined : `nca ${ncaNeeds}; this is Python ${python.version.join(".")}`;
}

/** The command for nca. Downloads it if the cache does not have it. */
export async function ensureNca(report: Report, env: NodeJS.ProcessEnv = process.env): Promise<Nca> {
  const problem = await ncaProblem(env);
  const python = await findPython(env);
  if (problem !== undefined || python === undefined) throw new Error(problem);
  // No other packages of this Python are used, and the cache does not change.
  return {
    program: "python3",
    args: ["-s", "-m", "nca"],
    env: {
      PYTHONPATH: await ensurePythonPackages("nca", python, report, env),
      PYTHONDONTWRITEBYTECODE: "1",
    },
  };
}
