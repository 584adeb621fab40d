// Builds missing tools, once per machine. The cache folder is keyed by the inputs of the build.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, statfs, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unpackDebian } from "./debian.ts";
import { cacheFolder } from "../paths.ts";
import { processIdentity } from "../processes.ts";
import type { Report } from "../report.ts";
import type { SandboxToolName, Tool, ToolModule, ToolName, ToolPaths } from "./catalog.ts";
import { binaries, catalog, moduleFolder, readModule, toolNames } from "./catalog.ts";
import type { Go } from "./go.ts";
import { buildSettings, findGo, goProblem, librarySettings, runGo } from "./go.ts";
import { tryLock, unlock } from "./lock.ts";

export type { ToolName, ToolPaths } from "./catalog.ts";

type Source = readonly [file: string, text: string];

/** The key: sources, arguments and compiler, which determine the binary. */
export function cacheKey(
  go: Pick<Go, "version" | "platform">,
  tool: Pick<Tool, "name" | "packages" | "multiCall">,
  { buildArguments }: Pick<ToolModule, "buildArguments">,
  sources: readonly Source[],
): string {
  const from = [go.version, go.platform, buildSettings];
  const how = [buildArguments, tool.packages, tool.multiCall, binaries[tool.name]];
  const what = sources.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([from, how, what]))
    .digest("hex")
    .slice(0, 16);
}

interface Plan extends ToolModule {
  readonly tool: Tool;
  readonly folder: string;
  readonly built: boolean;
}

function programs(tool: Tool, folder: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(binaries[tool.name]).map(([name, file]) => [name, join(folder, "bin", file)]),
  );
}

const isBuilt = (tool: Tool, folder: string): boolean =>
  Object.values(programs(tool, folder)).every((file) => existsSync(file));

async function plan(name: ToolName, go: Go, env: NodeJS.ProcessEnv): Promise<Plan> {
  const tool = catalog[name];
  const module = readModule(tool);
  const names = await readdir(moduleFolder(tool));
  const sources = await Promise.all(
    names.map(async (file) => [file, await readFile(join(moduleFolder(tool), file), "utf8")] as const),
  );
  const folder = join(cacheFolder(env), name, `${module.version}-${cacheKey(go, tool, module, sources)}`);
  return { tool, ...module, folder, built: isBuilt(tool, folder) };
}

const unfinishedMark = ".unfinished-";

/** Killed builds leave their folder behind. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    const pid = entry.split(unfinishedMark)[1];
    if (pid !== undefined && processIdentity(Number(pid)) === undefined) {
      await rm(join(parent, entry), { recursive: true, force: true });
    }
  }
}

/** Builds into a temporary folder and then renames it. */
async function build({ tool, version, folder, buildArguments }: Plan, env: NodeJS.ProcessEnv): Promise<void> {
  await removeAbandoned(dirname(folder));
  const unfinished = `${folder}${unfinishedMark}${process.pid}`;
  const bin = join(unfinished, "bin");
  await mkdir(bin, { recursive: true });
  const failure = await runGo(
    [...buildArguments, "-o", `${bin}/`, ...tool.packages],
    moduleFolder(tool),
    env,
    tool.staticLibraries && librarySettings(await unpackDebian(tool.staticLibraries, env)),
  );
  if (failure !== undefined) {
    await rm(unfinished, { recursive: true, force: true });
    throw new Error(
      [
        `The tool ${tool.name} ${version} could not be built: ${failure.reason}. Its last lines:`,
        ...failure.lastLines.map((line) => `  ${line}`),
        "Completed builds are kept. To continue, run the same command again (`make up`).",
      ].join("\n"),
    );
  }
  if (tool.multiCall !== undefined) {
    for (const program of Object.values(binaries[tool.name])) {
      await symlink(tool.multiCall, join(bin, program));
    }
  }
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}

/** Free space on the disk of a folder that may not exist yet. */
async function freeGb(folder: string): Promise<number> {
  if (!existsSync(folder)) return freeGb(dirname(folder));
  const { bavail, bsize } = await statfs(folder);
  return (bavail * bsize) / 1e9;
}

async function checkDisk(
  missing: readonly Plan[],
  folders: readonly string[],
  free: typeof freeGb,
): Promise<void> {
  const neededGb = missing.reduce((sum, { tool }) => sum + tool.diskGb, 0);
  const names = missing.map(({ tool }) => tool.name).join(", ");
  for (const folder of folders) {
    const found = await free(folder);
    if (found < neededGb) {
      throw new Error(
        `${folder} has ${found.toFixed(1)} GB free; building ${names} needs about ${neededGb} GB with Go's caches. ` +
          "Free some space, or set XDG_CACHE_HOME, GOMODCACHE and GOCACHE to folders on a larger disk, and run " +
          "the command again.",
      );
    }
  }
}

/** Calls `show` now and every second with the seconds since the start, until the work is done. */
async function withClock<T>(show: (seconds: number) => void, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const seconds = (): number => Math.round((Date.now() - started) / 1000);
  show(0);
  const timer = setInterval(() => {
    show(seconds());
  }, 1000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

const all: readonly ToolName[] = toolNames;

/** Builds missing tools one after another, because one build uses two cores and 2 GB of memory. */
export async function ensureTools<N extends ToolName = SandboxToolName>(
  names: readonly N[] | undefined,
  report: Report,
  env: NodeJS.ProcessEnv = process.env,
  free = freeGb,
): Promise<ToolPaths<N>> {
  const go = await findGo(env);
  const plans = await Promise.all((names ?? all).map((name) => plan(name, go, env)));
  const missing = plans.filter(({ built }) => !built);
  if (missing.length > 0) {
    const problems = new Set(missing.flatMap(({ oldestGo }) => goProblem(go, oldestGo) ?? []));
    if (problems.size > 0) throw new Error([...problems].join("\n"));
    await checkDisk(missing, [cacheFolder(env), ...go.caches], free);
  }
  for (const [index, step] of missing.entries()) {
    const title = `tools ${index + 1}/${missing.length}: ${step.tool.name} ${step.version}`;
    await ensureBuilt(step, title, report, env);
  }
  return Object.assign({}, ...plans.map(({ tool, folder }) => programs(tool, folder))) as ToolPaths<N>;
}

async function ensureBuilt(step: Plan, title: string, report: Report, env: NodeJS.ProcessEnv): Promise<void> {
  const lock = `${step.folder}.lock`;
  await mkdir(dirname(lock), { recursive: true });
  const started = Date.now();
  let other = await tryLock(lock);
  while (other !== undefined) {
    report.status(`${title}, another clone is building it (process ${other.heldBy})`);
    await sleep(500);
    other = await tryLock(lock);
  }
  try {
    if (!isBuilt(step.tool, step.folder)) {
      const expected = `of about ${step.tool.expectedSeconds} s`;
      await withClock(
        (seconds) => report.status(`${title}, ${seconds} s ${expected}`),
        () => build(step, env),
      );
    }
    report.line(`${title}, ready after ${Math.round((Date.now() - started) / 1000)} s`);
  } finally {
    await unlock(lock);
  }
}

export interface ToolStatus {
  readonly name: ToolName;
  readonly version: string;
  readonly built: boolean;
  readonly bin: string;
}

/** The state of the tools, for `make doctor`. @throws Error without Go, because the keys depend on it */
export async function toolsStatus(env: NodeJS.ProcessEnv = process.env): Promise<{
  readonly go: string;
  readonly tools: readonly ToolStatus[];
  readonly problems: readonly string[];
}> {
  const go = await findGo(env);
  const plans = await Promise.all(toolNames.map((name) => plan(name, go, env)));
  return {
    go: go.version,
    tools: plans.map(({ tool, version, built, folder }) => ({
      name: tool.name,
      version,
      built,
      bin: join(folder, "bin"),
    })),
    problems: [...new Set(plans.flatMap(({ oldestGo }) => goProblem(go, oldestGo) ?? []))],
  };
}

/** Removes every built tool. A running cluster keeps running, but its next start needs a build. */
export async function cleanCache(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const folder = cacheFolder(env);
  await rm(folder, { recursive: true, force: true });
  return folder;
}
